import { connect } from 'node:net';
import Type, { type Static } from 'typebox';
import { parseDuration } from '../../model/duration.ts';
import type { ReadContext, StepType } from '../../model/step.ts';
import { duration } from '../lib/schema.ts';

const schema = Type.Object(
  {
    host: Type.String({ minLength: 1, pattern: '^[^\\s/]+$', description: 'A host name or an IP address.' }),
    port: Type.Integer({ minimum: 1, maximum: 65_535, description: 'The TCP port.' }),
    ensure: Type.Optional(
      Type.Union([Type.Literal('present'), Type.Literal('absent')], {
        description: '`present` (default): something accepts connections there; `absent`: nothing does.',
      }),
    ),
    every: Type.Optional(duration('How long to wait between two looks. Default: 1s.')),
  },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;

/** What one look saw. */
interface State {
  readonly open: boolean;
  /** Why no connection came about. */
  readonly reason?: string;
}

/** One look may take this long. */
const LOOK_LIMIT_MS = 5000;

/** A check: a TCP port accepts connections, or nobody has it. */
export const netTcp: StepType<Params, State> = {
  name: 'net.tcp',
  summary: 'A TCP port accepts connections, or none.',
  schema,
  looksForItself: true,
  needs: () => [],
  whenInDoubt: () => 'read-again',
  pollEveryMs: ({ every }) => parseDuration(every ?? '1s') ?? 1000,
  async read(params, ctx) {
    const state = await lookOnce(params, ctx.signal);
    if (!ctx.forecast && !holds(params, state)) ctx.progress(`${target(params)}: ${inWords(state)}`);
    return state;
  },
  diff: (params, state) =>
    holds(params, state)
      ? []
      : [
          {
            action: 'check',
            target: target(params),
            before: inWords(state),
            after: params.ensure === 'absent' ? 'closed' : 'open',
          },
        ],
};

function target({ host, port }: Params): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function holds({ ensure }: Params, { open }: State): boolean {
  return open === (ensure !== 'absent');
}

function inWords({ open, reason }: State): string {
  return open ? 'open' : `closed (${reason})`;
}

async function lookOnce({ host, port }: Params, signal: ReadContext['signal']): Promise<State> {
  signal.throwIfAborted();
  const limit = AbortSignal.timeout(LOOK_LIMIT_MS);
  const state = await new Promise<State>((resolve) => {
    const socket = connect({ host, port, signal: AbortSignal.any([signal, limit]) });
    socket.on('connect', () => {
      socket.destroy();
      resolve({ open: true });
    });
    socket.on('error', (error) => resolve({ open: false, reason: limit.aborted ? 'no answer within 5 s' : reasonOf(error) }));
  });
  signal.throwIfAborted();
  return state;
}

/** An error's own words; where Node tried several addresses, the words are in the first one. */
function reasonOf(error: Error): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error ? first.message : error.message;
}
