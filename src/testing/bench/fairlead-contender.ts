import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Contender } from './contender.ts';
import type { Owner, Task, Workload } from './workload.ts';

const launcher = fileURLToPath(new URL('../../../bin/fairlead', import.meta.url));

/** fairlead as an operator starts it: by its launcher, with a recipe in a folder and a state folder of its own. */
export const fairleadContender: Contender = {
  name: 'fairlead',
  files(workload) {
    const templates = [...workload.templates].map(
      ([name, text]) =>
        [
          `recipe/files/${name}`,
          text.replaceAll('@name@', '${{ inputs.name }}').replaceAll('@port@', '${{ inputs.port }}'),
        ] as const,
    );
    return new Map([['recipe/recipe.yaml', stringify(recipeOf(workload))], ...templates]);
  },
  argv: (phase, folder) => [
    launcher,
    phase === 'plan' ? 'plan' : 'run',
    `${folder}/recipe`,
    ...(phase === 'plan' ? [] : ['--yes']),
  ],
  environment: (folder) => ({ FAIRLEAD_STATE_DIR: `${folder}/state`, FAIRLEAD_CONFIG_DIR: `${folder}/config` }),
};

function recipeOf({ values, tasks }: Workload): object {
  return {
    recipe: 'bench',
    version: '1.0.0',
    title: 'Cheap steps, many of them',
    inputs: {
      name: { type: 'string', title: 'Name', default: values.name },
      port: { type: 'port', title: 'Port', default: Number(values.port) },
    },
    steps: tasks.map((task) => ({ id: task.id, title: `Step ${task.id}`, ...use(task) })),
  };
}

function use(task: Task): { readonly uses: string; readonly with: object } {
  switch (task.kind) {
    case 'group':
      return { uses: 'host.group', with: { name: task.name } };
    case 'user':
      return { uses: 'host.user', with: { name: task.name, group: task.group } };
    case 'directory':
      return { uses: 'host.directory', with: { path: task.path, mode: task.mode, owner: named(task.owner) } };
    case 'file': {
      const { path, template, mode } = task;
      return { uses: 'host.file', with: { path, template, mode, owner: named(task.owner) } };
    }
    case 'key': {
      const mode = task.mode === undefined ? {} : { mode: task.mode };
      return { uses: 'file.env', with: { path: task.path, values: { [task.key]: task.value }, ...mode } };
    }
    case 'line': {
      const match = task.match === undefined ? {} : { match: task.match };
      return { uses: 'file.line', with: { path: task.path, line: task.line, ...match } };
    }
    case 'tree':
      return { uses: 'host.directory', with: { path: task.path, owner: named(task.owner), recursive: true } };
  }
}

function named({ user, group }: Owner): string {
  return `${user}:${group}`;
}
