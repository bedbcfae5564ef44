import { stringify } from 'yaml';
import type { Contender } from './contender.ts';
import type { Owner, Task, Workload } from './workload.ts';

/** An Ansible playbook for this host, a task for each step, with modules of ansible-core only. */
export const ansibleContender: Contender = {
  name: 'ansible',
  files(workload) {
    const templates = [...workload.templates].map(
      ([name, text]) =>
        [`templates/${name}.j2`, text.replaceAll('@name@', '{{ bench_name }}').replaceAll('@port@', '{{ bench_port }}')] as const,
    );
    return new Map([['playbook.yaml', stringify([playOf(workload)])], ...templates]);
  },
  argv: (phase, folder) => [
    'ansible-playbook',
    '--inventory',
    'localhost,',
    '--connection',
    'local',
    ...(phase === 'plan' ? ['--check', '--diff'] : []),
    `${folder}/playbook.yaml`,
  ],
  environment: (folder) => ({
    ANSIBLE_HOME: `${folder}/home`,
    ANSIBLE_LOCAL_TEMP: `${folder}/home/tmp`,
    ANSIBLE_LOCALHOST_WARNING: 'false',
    ANSIBLE_PYTHON_INTERPRETER: 'auto_silent',
    ANSIBLE_NOCOLOR: '1',
  }),
};

function playOf({ values, tasks }: Workload): object {
  return {
    hosts: 'all',
    gather_facts: false,
    vars: { bench_name: values.name, bench_port: values.port },
    // Its check mode fails where an owner is missing that an earlier task would make.
    ignore_errors: '{{ ansible_check_mode }}',
    tasks: tasks.map((task) => ({ name: `Step ${task.id}`, ...moduleOf(task) })),
  };
}

function moduleOf(task: Task): object {
  switch (task.kind) {
    case 'group':
      return { 'ansible.builtin.group': { name: task.name } };
    case 'user':
      return {
        'ansible.builtin.user': {
          name: task.name,
          group: task.group,
          create_home: false,
          home: `/home/${task.name}`,
          shell: '/usr/sbin/nologin',
        },
      };
    case 'directory':
      return { 'ansible.builtin.file': { path: task.path, state: 'directory', mode: task.mode, ...owned(task.owner) } };
    case 'file':
      return {
        'ansible.builtin.template': { src: `${task.template}.j2`, dest: task.path, mode: task.mode, ...owned(task.owner) },
      };
    case 'key':
      return {
        'ansible.builtin.lineinfile': {
          path: task.path,
          regexp: `^${task.key}=`,
          line: `${task.key}=${task.value}`,
          create: true,
          ...(task.mode === undefined ? {} : { mode: task.mode }),
        },
      };
    case 'line':
      return {
        'ansible.builtin.lineinfile': {
          path: task.path,
          line: task.line,
          ...(task.match === undefined ? {} : { regexp: task.match }),
        },
      };
    case 'tree':
      return { 'ansible.builtin.file': { path: task.path, state: 'directory', recurse: true, ...owned(task.owner) } };
  }
}

function owned({ user, group }: Owner): { readonly owner: string; readonly group: string } {
  return { owner: user, group };
}
