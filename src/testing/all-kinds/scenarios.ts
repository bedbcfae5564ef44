import { carryForward } from '../../engine/carry-forward.ts';
import type { Program } from '../../engine/program.ts';
import type { RunHeader } from '../../engine/run.ts';
import type { StepTypes } from '../../model/step.ts';
import { stepTypes } from '../../steps/index.ts';
import { createSimulatedWorld } from './create-world.ts';
import type { End } from './explore.ts';
import { type HandEdit, loadAllKinds, programOf, type Scenario } from './life.ts';
import type { SimulatedWorld } from './world.ts';

/** A world and the run to try in it. */
export interface SetUp {
  readonly world: SimulatedWorld;
  readonly scenario: Scenario;
}

/** The first run of a deployment. Something must answer on the port with `{"version": …}`, as the recipe's checks are real. */
export async function install(port: number, types: StepTypes = stepTypes): Promise<SetUp> {
  const program = programOf(await loadAllKinds(), types);
  const header = headerOf(program, { greeting: 'hello', port, schema: 1 });
  return { world: createSimulatedWorld(), scenario: { program, header, ledger: new Map(), edits: new Map() } };
}

/** A first run in which programs fail, and are tried again. */
export async function flawedInstall(port: number): Promise<SetUp> {
  const { world, scenario } = await install(port);
  for (const flaw of ['apt-get', 'docker.service', 'compose up', 'enroll', 'make-index', 'app-backup.service'])
    world.flaws.add(flaw);
  return { world, scenario: { ...scenario, retries: true } };
}

/** The next run, with other inputs: files change, and so what comes after them is due. */
export async function change(last: End, port: number): Promise<SetUp> {
  const program = programOf(await loadAllKinds());
  return after(last, program, { greeting: 'good day', port, schema: 2 });
}

/** Edits by hand, by the step that manages what is edited. */
const EDITS: ReadonlyMap<string, HandEdit & { readonly instead: string }> = new Map([
  ['main_conf', { path: '/srv/app/config/app.conf', instead: 'greeting hello', text: 'greeting ahoy', answer: 'overwrite' }],
  ['db_conf', { path: '/srv/app/config/app.conf', instead: 'host db', text: 'host db2', answer: 'overwrite' }],
  ['flags', { path: '/srv/app/config/app.yaml', instead: 'greeting: hello', text: 'greeting: ahoy', answer: 'overwrite' }],
  ['dockerfile', { path: '/srv/app/image/Dockerfile', instead: 'LABEL', text: 'LABEL by=hand', answer: 'overwrite' }],
  ['compose_file', { path: '/srv/app/compose.yaml', instead: 'services:', text: '# by hand\nservices:', answer: 'keep' }],
]);

/** The same run again, after somebody has edited files that it manages. */
export async function handEdited(last: End): Promise<SetUp> {
  const { world, scenario } = after(last, programOf(await loadAllKinds()), last.state.header?.inputs ?? {});
  const { host } = world;
  for (const { path, instead, text } of EDITS.values()) {
    const { mode = 0, uid = 0, gid = 0 } = host.at(path) ?? {};
    host.put(path, { content: host.text(path).replace(instead, text), mode, uid, gid });
  }
  return { world, scenario: { ...scenario, edits: EDITS } };
}

/** The task that takes it all away again. */
export async function uninstall(last: End): Promise<SetUp> {
  return after(last, programOf(await loadAllKinds(), stepTypes, 'uninstall'), last.state.header?.inputs ?? {});
}

function after(last: End, program: Program, inputs: RunHeader['inputs']): SetUp {
  const world = createSimulatedWorld();
  world.load(last.world);
  const { carried, made } = carryForward(last.state, program.steps);
  const header = headerOf(program, inputs, { run: 'run-2', carried, made });
  return { world, scenario: { program, header, ledger: last.world.ledger, edits: new Map() } };
}

function headerOf(program: Program, inputs: RunHeader['inputs'], more: Partial<RunHeader> = {}): RunHeader {
  const { name, version, title, digest } = program.recipe;
  return {
    type: 'run.started',
    run: 'run-1',
    kind: program.kind,
    deployment: 'all-kinds',
    recipe: { name, version, title, digest },
    fairlead: '0.0.0',
    inputs,
    options: program.options,
    hosts: { local: 'fake-host' },
    who: { user: 'tester' },
    steps: program.steps.map(({ id, title: of, uses }) => ({ id, title: of, uses })),
    carried: {},
    made: [],
    ...more,
  };
}
