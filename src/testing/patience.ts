import { vi } from 'vitest';

/** As long as `expect.poll` waits (vitest.config.ts), which can be told so; `vi.waitFor` gives up after a second by itself. */
const PATIENCE_MS = 60_000;

const patient = Symbol.for('fairlead.test.patient');
const { waitFor } = vi;

// Loaded before each test file, some of which share one `vi`.
if (!(patient in waitFor)) {
  const waitLonger: typeof waitFor = (callback, options = {}) =>
    waitFor(callback, { timeout: PATIENCE_MS, ...(typeof options === 'number' ? { timeout: options } : options) });
  vi.waitFor = Object.assign(waitLonger, { [patient]: true });
}
