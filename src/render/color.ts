// Styles by name, so that only this file knows chalk. Whether to colour is the context's decision.

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan' | 'magenta';

/** Wraps text in the escape codes of a style, or gives it back as it is. */
export type Paint = (style: Style | null, text: string) => string;

/** The one place that loads chalk: only when colour is wanted. */
export async function createPaint(color: boolean): Promise<Paint> {
  if (!color) return (_style, text) => text;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return (style, text) => (style === null || text === '' ? text : chalk[style](text));
}
