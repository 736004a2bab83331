// Many patterns, each with its own comment where it is written, tried as one.

/** A pattern that matches where one of `patterns` does. All have the flags of the first, and none refers back to a group. */
export function anyOf(patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), patterns[0]?.flags ?? '');
}
