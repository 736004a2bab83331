// A row of the table: what was measured, what it may be, and what else there is to say.

export interface Row {
  name: string;
  budget: string;
  measured: string;
  /** null where there is no budget. */
  within: boolean | null;
  /** Milliseconds, MB, ratios: what `measured` is made of. */
  values: Record<string, number>;
}

export type Report = (row: Row) => void;

/** A row whose value is at most `most`. */
export function rowAtMost(
  name: string,
  value: number,
  most: number,
  unit: string,
  note: string,
  values: Record<string, number> = {},
): Row {
  const measured = `${formatNumber(value)}${unit}${note === '' ? '' : `; ${note}`}`;
  return { name, budget: `≤ ${most}${unit}`, measured, within: value <= most, values: { value, ...values } };
}

/** A row whose value is at least `least`. */
export function rowAtLeast(name: string, value: number, least: number, unit: string, note: string): Row {
  const measured = `${formatNumber(value)}${unit}${note === '' ? '' : `; ${note}`}`;
  return {
    name,
    budget: `≥ ${least.toLocaleString('en')}${unit}`,
    measured,
    within: value >= least,
    values: { value },
  };
}

/** A row that only tells. */
export function rowThatTells(name: string, measured: string, values: Record<string, number> = {}): Row {
  return { name, budget: '', measured, within: null, values };
}

export function formatNumber(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}

/** As Markdown, which reads well enough in a terminal. */
export function formatTable(rows: readonly Row[]): string {
  const lines = rows.map(({ name, budget, measured, within }) => {
    const mark = within === null ? '' : within ? '✓' : '✗';
    return `| ${name} | ${budget} | ${measured} | ${mark} |`;
  });
  return ['| what | budget | measured | |', '| --- | --- | --- | --- |', ...lines].join('\n');
}
