// An answer kept for whoever asks again next: the rules ask of one subject, line or field one after the other.

/** `answer`, a pure function, with its last answer kept. */
export function rememberLast<Answer>(answer: (text: string) => Answer): (text: string) => Answer {
  let last: { text: string; answer: Answer } | null = null;
  return (text) => {
    if (last?.text !== text) last = { text, answer: answer(text) };
    return last.answer;
  };
}
