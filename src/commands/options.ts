// The option parsing that commands share, in one place to import from.

export * from './filter-options.ts';
export * from './output-options.ts';
