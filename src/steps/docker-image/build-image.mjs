#!/usr/bin/env zx
// Builds one image with the docker program. Its values come by environment; zx quotes each argument.
// FAIRLEAD_BUILD is JSON: { name, context, dockerfile, args, labels }.

const { name, context, dockerfile, args, labels } = JSON.parse(process.env.FAIRLEAD_BUILD);
delete process.env.FAIRLEAD_BUILD;

if ((await which('docker', { nothrow: true })) === null) {
  process.stderr.write('The program docker is not installed.\n');
  process.exit(127);
}

const options = [
  ...Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
  ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
];
const file = path.resolve(context, dockerfile);
// Engines before version 23 build without BuildKit unless they are told to, and refuse a file that needs it.
if (/^\s*RUN\s+--(mount|network|security)=/im.test(await fs.readFile(file, 'utf8').catch(() => ''))) {
  process.env.DOCKER_BUILDKIT ??= '1';
}
// The options end before the context, so that no path can be taken for one.
const { exitCode } = await $({
  nothrow: true,
  stdio: ['ignore', 'inherit', 'inherit'],
})`docker build --force-rm --tag ${name} --file ${file} ${options} -- ${context}`;
process.exit(exitCode ?? 1);
