import { carryForward } from '../../engine/carry-forward.ts';
import type { Program } from '../../engine/program.ts';
import type { RunHeader } from '../../engine/run.ts';
import type { StepTypes } from '../../model/step.ts';
import { stepTypes } from '../../steps/index.ts';
import type { End } from './explore.ts';
import { loadAllKinds, programOf, type Scenario } from './life.ts';
import { createSimulatedWorld, type SimulatedWorld } from './world.ts';

/** A world and the run to try in it. */
export interface SetUp {
  readonly world: SimulatedWorld;
  readonly scenario: Scenario;
}

/** The first run of a deployment. Something must answer on the port with `{"version": …}`, as the recipe's checks are real. */
export async function install(port: number, types: StepTypes = stepTypes): Promise<SetUp> {
  const program = programOf(await loadAllKinds(), types);
  const header = headerOf(program, { greeting: 'hello', port, schema: 1 });
  return { world: createSimulatedWorld(), scenario: { program, header, ledger: new Map() } };
}

/** The next run, with other inputs: files change, and so what comes after them is due. */
export async function change(last: End, port: number): Promise<SetUp> {
  const program = programOf(await loadAllKinds());
  return after(last, program, { greeting: 'good day', port, schema: 2 });
}

/** The task that takes it all away again. */
export async function uninstall(last: End): Promise<SetUp> {
  return after(last, programOf(await loadAllKinds(), stepTypes, 'uninstall'), last.state.header?.inputs ?? {});
}

function after(last: End, program: Program, inputs: RunHeader['inputs']): SetUp {
  const world = createSimulatedWorld();
  world.load(last.world);
  const { carried, made } = carryForward(last.state, program.steps);
  return {
    world,
    scenario: { program, header: headerOf(program, inputs, { run: 'run-2', carried, made }), ledger: last.world.ledger },
  };
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
