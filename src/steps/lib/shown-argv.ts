/** A command line for reading only: arguments that a shell would take apart are quoted. It is never run. */
export function shownArgv(argv: readonly string[]): string {
  return argv
    .map((argument) => (/^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
