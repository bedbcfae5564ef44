import Type, { type Static } from 'typebox';
import { parseDuration } from '../../model/duration.ts';
import { FairleadError, fail } from '../../model/failure.ts';
import type { StepType } from '../../model/step.ts';
import { captureAll, compilePattern } from '../lib/captures.ts';
import { containerGone } from '../lib/container-gone.ts';
import { type GuardState, guardChanges, guardNotes, guardParams, isOnce, readGuard } from '../lib/guards.ts';
import { insideOf } from '../lib/inside-container.ts';
import { duration, text } from '../lib/schema.ts';
import { shownArgv } from '../lib/shown-argv.ts';
import { converse, type Talk } from './converse.ts';
import { openDialogScreen, ROWS } from './dialog-screen.ts';
import { beginScript, KEYS, type Script } from './dialog-script.ts';

const pattern = (description: string) => Type.String({ minLength: 1, description });

const scriptLine = Type.Object(
  {
    expect: pattern(
      'The prompt as it stands on the screen, or a part of it; between slashes (`/Enter (OTP|TOTP):/`, with `i` behind: capitals or not) a regular expression.',
    ),
    answer: Type.Optional(text('What is typed; may be a secret. Default: nothing but Enter.')),
    keys: Type.Optional(
      Type.Array(Type.Union(Object.keys(KEYS).map((key) => Type.Literal(key as keyof typeof KEYS))), {
        minItems: 1,
        description: 'Keys that are pressed (after the answer), for menus. Enter does not come by itself then.',
      }),
    ),
    newline: Type.Optional(
      Type.String({
        description: 'What ends the answer. Default: `"\\r"`, as the Enter key; `""` for a prompt that takes one key.',
      }),
    ),
    optional: Type.Optional(Type.Boolean({ description: 'It may be left out by the program. Default: false.' })),
    repeat: Type.Optional(
      Type.Integer({ minimum: 1, description: 'How often in a row it is answered, where the program asks again. Default: 1.' }),
    ),
  },
  { additionalProperties: false },
);

const schema = Type.Object(
  {
    container: Type.String({ minLength: 1, description: "The running container's name." }),
    argv: Type.Array(Type.String(), {
      minItems: 1,
      description: 'The program in the container and its arguments. Never a secret: everybody on the host can read them.',
    }),
    script: Type.Array(scriptLine, {
      minItems: 1,
      description:
        'What the program asks, in its order, and what is answered. An answer is typed only once its prompt is there; a prompt that is not in here is put to the operator, who may take the terminal in the app, where nothing that he types is kept.',
    }),
    env: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), text('A value; may hold secrets.'), {
        description: 'Added to the environment.',
      }),
    ),
    cwd: Type.Optional(Type.String({ pattern: '^/', description: "The folder in the container. Default: the image's." })),
    user: Type.Optional(
      Type.String({ minLength: 1, description: "The container's user, by name or number. Default: the image's." }),
    ),
    columns: Type.Optional(
      Type.Integer({
        minimum: 20,
        maximum: 1000,
        description: "The terminal's width. Default: 200, so that few lines are wrapped.",
      }),
    ),
    settle: Type.Optional(duration('For how long a program must print nothing before its prompt is answered. Default: 100ms.')),
    silence: Type.Optional(
      duration(
        'After so long without output a prompt is one that the script does not know, and the operator is asked; ten times as long where the cursor shows at the beginning of a line, since the program is at work then. Default: 20s.',
      ),
    ),
    unless: guardParams.unless,
    ok_codes: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), {
        minItems: 1,
        description: 'Exit codes that mean success. Default: [0].',
      }),
    ),
    success: Type.Optional(
      pattern(
        'A regular expression that what was printed must match. Without it, every prompt of the script that is not optional must have come.',
      ),
    ),
    failure: Type.Optional(
      Type.Record(Type.String({ minLength: 1 }), Type.String({ minLength: 1 }), {
        description:
          'What means failure, whatever the exit code: a regular expression → what to tell the operator. The program is ended as soon as one matches.',
      }),
    ),
    capture: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), Type.String({ minLength: 1 }), {
        description:
          'Outputs of your own: name → a regular expression whose first group is looked for in what was printed. For secrets the step must be `sensitive`.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;

const COLUMNS = 200;
const SETTLE = '100ms';
const SILENCE = '20s';

/** A program at a terminal in a container, answered by a script. */
export const containerDialog: StepType<Params, GuardState> = {
  name: 'container.dialog',
  summary: 'A program that asks questions at a terminal has run in a running container, and was answered.',
  schema,
  outputs: { code: 'The exit code.' },
  outputNames: ({ capture }) => (typeof capture === 'object' && capture !== null ? Object.keys(capture) : []),
  needs: () => [],
  actsOnce: (params) => isOnce(guardOf(params)),
  whenInDoubt: (params) => (isOnce(guardOf(params)) ? 'ask' : 'read-again'),
  read(params, ctx) {
    compiled(params);
    return readGuard(guardOf(params), around(params), { ...ctx, host: insideOf(params.container, ctx) });
  },
  diff: (params, state) => guardChanges(`${params.container}: ${shownArgv(params.argv)}`, state),
  notes: (_, state) => guardNotes(state),
  outputsOf: (_, state) => state.carried,
  async apply(params, _, ctx) {
    ctx.signal.throwIfAborted();
    const { container, argv, capture = {} } = params;
    const { script, failures } = compiled(params);
    const columns = params.columns ?? COLUMNS;
    const over = new AbortController();
    const size = { columns, rows: ROWS };
    const terminal = { ...size, signal: AbortSignal.any([ctx.signal, over.signal]) };
    let reply = (_keys: string): void => undefined;
    const screen = await openDialogScreen(columns, (keys) => reply(keys));
    try {
      const program = await ctx.docker.openTerminal(container, { ...around(params), argv }, terminal);
      reply = program.type;
      try {
        const check = (printed: string, tail: readonly string[]): void => {
          const seen = failures.find(([means]) => means.test(printed));
          if (seen !== undefined) throw failed(params, seen[1], { tail });
        };
        const shown = `\`${shownArgv(argv)}\` in the container ${container}`;
        const settle = parseDuration(params.settle ?? SETTLE) ?? 0;
        const silence = parseDuration(params.silence ?? SILENCE) ?? 0;
        const talk = await converse({ program, screen, size, script, shown, settle, silence, capture, check }, ctx);
        check(talk.since, talk.tail);
        return judge(params, script, talk, await codeOf(program, container));
      } finally {
        // Whatever ended the dialog: at a terminal that nobody types at a program would wait for ever.
        over.abort();
        await program.ended().catch(() => undefined);
      }
    } finally {
      screen.close();
    }
  },
};

function guardOf({ unless }: Params): { readonly unless?: NonNullable<Params['unless']> } {
  return unless === undefined ? {} : { unless };
}

function around({ env, cwd, user }: Params): Pick<Params, 'env' | 'cwd' | 'user'> {
  return {
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
  };
}

/** Its patterns, seen to before anything is begun. Throws `params.bad-pattern`. */
function compiled(params: Params): { readonly script: Script; readonly failures: readonly (readonly [RegExp, string])[] } {
  if (params.success !== undefined) compilePattern(params.success, 'success');
  for (const [name, source] of Object.entries(params.capture ?? {})) compilePattern(source, `capture.${name}`);
  const failures = Object.entries(params.failure ?? {});
  return {
    script: beginScript(params.script),
    failures: failures.map(([source, message]) => [compilePattern(source, 'failure'), message] as const),
  };
}

async function codeOf(program: { ended(): Promise<number | null> }, container: string): Promise<number | null> {
  try {
    return await program.ended();
  } catch (error) {
    if (!(error instanceof FairleadError) || error.failure.code !== 'docker.no-such-container') throw error;
    throw containerGone(container, 'a program ran in it');
  }
}

function judge(params: Params, script: Script, { printed, tail }: Talk, code: number | null) {
  const evidence = { tail, ...(code === null ? {} : { exit: code }) };
  if (code === null) throw failed(params, 'closed its terminal and goes on without it', evidence);
  if (!(params.ok_codes ?? [0]).includes(code)) throw failed(params, `ended with exit code ${code}`, evidence);
  if (params.success !== undefined && !compilePattern(params.success, 'success').test(printed)) {
    throw failed(params, `did not print what means success: ${params.success}`, evidence);
  }
  const unasked = script.unasked().map(({ expect }) => expect);
  if (params.success === undefined && unasked.length > 0) {
    throw failed(params, `ended with exit code ${code}, but never asked: ${unasked.join(', ')}`, evidence);
  }
  const captured = captureAll(params.capture ?? {}, printed);
  if (captured.missing.length > 0) {
    throw fail(
      'container.dialog-output-missing',
      `${told(params)} ended well but printed nothing that matches ${captured.missing.join(', ')}.`,
      {
        hints: ['Compare what it printed with the patterns of `capture` in the recipe: another version may word it differently.'],
        evidence: { ...evidence, argv: shownCommand(params) },
      },
    );
  }
  return { code, ...captured.values };
}

function failed(
  params: Params,
  why: string,
  evidence: { readonly tail: readonly string[]; readonly exit?: number },
): FairleadError {
  // A sentence of the recipe stands for itself; ours begin with what the program did.
  const own = Object.values(params.failure ?? {}).includes(why);
  return fail('container.dialog-failed', own ? `${told(params)}: ${why}` : `${told(params)} ${why}.`, {
    fault: own ? 'operator' : 'environment',
    hints: [
      own
        ? 'Put that right, then let the step run again.'
        : 'Read the last lines on its screen, put right what they name, and let the step run again.',
    ],
    retryable: true,
    evidence: { ...evidence, argv: shownCommand(params) },
    ...(own ? { recipeSays: why } : {}),
  });
}

function told({ container, argv }: Params): string {
  return `In the container ${container}: ${argv[0]}`;
}

function shownCommand({ container, argv }: Params): readonly string[] {
  return ['docker', 'exec', '-it', container, ...argv];
}
