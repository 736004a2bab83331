import { expect, test } from 'vitest';
import { createPaint } from '../../src/render/color.ts';
import { formatTicketPage } from '../../src/render/ticket-page.ts';
import { type Intake, letter, withIntake } from '../support/intake.ts';
import { noon } from '../support/store.ts';

const type = { 'MIME-Version': '1.0', 'Content-Type': 'multipart/related; boundary=b' };

/** A mail that shows an image in its text; `bytes` stand for what is in it. */
const withImage = (text: string, bytes: string, fields: Record<string, string> = {}) =>
  letter(
    { ...type, ...fields },
    `--b
Content-Type: text/html

<p>${text}</p><p><img src="cid:i@x"></p>
--b
Content-Type: image/png; name=image001.png
Content-ID: <i@x>
Content-Transfer-Encoding: base64

${Buffer.from(bytes).toString('base64')}
--b--
`,
  );

const marks = async ({ show }: Intake, seq: number) =>
  (await show(seq)).entries.map(({ attachments }) => attachments.map(({ signature }) => signature));

test('a small image that a sender sends again is a signature image from then on, on any ticket', async () => {
  await withIntake({}, async (intake) => {
    await intake.take(withImage('Broken.', 'logo'));
    await intake.take(withImage('Another thing.', 'logo', { From: 'Ann <ANN@client.test>' }));
    await intake.take(withImage('And so it looks.', 'shot'));
    await intake.take(withImage('Me too.', 'logo', { From: 'bob@client.test' }));
    expect([await marks(intake, 1), await marks(intake, 2), await marks(intake, 3), await marks(intake, 4)]).toEqual([
      [[false]],
      [[true]],
      [[false]],
      [[false]],
    ]);
    expect(await intake.reparse()).toEqual({ read: 4, changed: 0 });
    expect(await marks(intake, 2)).toEqual([[true]]);
  });
});

test('show folds them and says so; with --full they are there', async () => {
  await withIntake({}, async (intake) => {
    await intake.take(withImage('Broken.', 'logo'));
    await intake.take(withImage('Another thing.', 'logo'));
    const ticket = await intake.show(2);
    const page = async (full: boolean) => {
      const options = { now: new Date(noon), width: null, events: false, paint: await createPaint(false) };
      return formatTicketPage(ticket, { ...options, full });
    };
    expect(await page(false)).toContain('1 signature image hidden; --full shows them');
    expect(await page(false)).not.toContain('image001.png');
    expect(await page(true)).toContain('image001.png');
    expect(await page(true)).not.toContain('hidden');
  });
});
