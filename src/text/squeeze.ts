// White space of any kind and length as one space each.

/** The text with every stretch of white space as one space. */
export function squeezeBlanks(text: string): string {
  // Single spaces, which most of them are, stay as they are: to write them anew takes most of the time.
  return text.replace(/\s{2,}|[^\S ]/g, ' ');
}
