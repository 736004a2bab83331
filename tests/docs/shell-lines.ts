// The command lines of a document, taken apart as a shell would, as far as documents need it: words, quotes, pipes, redirections.

/** A fenced code block: its language and its text. */
export interface Block {
  language: string;
  text: string;
}

export function listBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```([a-z-]+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** What a block tells its reader to type: all of a script, the lines behind `$ ` of a session. */
export function listCommandLines({ language, text }: Block): string[] {
  const joined = text.replace(/\\\n\s*/g, ' ').split('\n');
  if (language === 'console') return joined.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
  return ['sh', 'crontab', 'aliases'].includes(language) ? joined : [];
}

/** The arguments of each tkt in a command line; `[]` where there is none. */
export function listTktArguments(line: string): string[][] {
  return splitCommands(line).flatMap((words) => {
    const at = words.findIndex((word) => /^(?:.*\/)?tkt$/.test(word));
    // `apt install tkt`, `alias tkt=…`, `adduser … tkt`: a name, not a command. A crontab has its times in front.
    const isCommand = words.slice(0, at).every((word) => /^(?:[A-Z_]+=.*|[\d*/,-]+|env|sudo|-u)$/.test(word));
    return at >= 0 && isCommand ? [words.slice(at + 1)] : [];
  });
}

/** The words of each command of a pipeline or list. */
export function splitCommands(line: string): string[][] {
  const commands: string[][] = [[]];
  let word: string | null = null;
  const end = () => {
    if (word !== null) commands.at(-1)?.push(word);
    word = null;
  };
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (character === '\\') word = `${word ?? ''}${line[++at] ?? ''}`;
    else if (character === "'" || character === '"') {
      const close = line.indexOf(character, at + 1);
      word = `${word ?? ''}${line.slice(at + 1, close)}`;
      at = close;
    } else if (line.startsWith('$(', at)) {
      const close = line.indexOf(')', at);
      word = `${word ?? ''}${line.slice(at, close + 1)}`;
      at = close;
    } else if (character === ' ') end();
    else if (character === '#' && word === null) break;
    else if (character === '<' || character === '>') {
      end();
      at += /^[<>&]*\s*\S+/.exec(line.slice(at))?.[0].length ?? 0;
    } else if ('|&;'.includes(character)) {
      end();
      commands.push([]);
    } else word = (word ?? '') + character;
  }
  end();
  return commands.filter((words) => words.length > 0);
}
