import { main } from '../src/main.ts';

/** Called by the file that starts the built tkt (scripts/loader.cjs), with what stands behind its name. */
export async function run(argv: string[]): Promise<void> {
  process.exitCode = await main(argv);
}
