import type { Contender } from './contender.ts';
import type { Task, Workload } from './workload.ts';

/**
 * What a careful operator writes by hand: look first, change only what differs, and `--check` to see it before. It writes
 * files by a temporary name and rename; it keeps no record, takes no backup and flushes nothing to the disk.
 */
const FUNCTIONS = String.raw`#!/bin/bash
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
check=
[ "${'$'}{1:-}" != --check ] || check=yes
scratch=$(mktemp)
trap 'rm -f "$scratch"' EXIT

# say WHAT: tells what changes, in a check what would.
say() { printf '%s\n' "$*"; }

group() { # NAME
  getent group "$1" >/dev/null && return
  say "+ group $1"
  [ -n "$check" ] || groupadd "$1"
}

user() { # NAME GROUP
  if getent passwd "$1" >/dev/null; then
    [ "$(id -gn "$1")" != "$2" ] || return 0
    say "~ user $1: group $2"
    [ -n "$check" ] || usermod --gid "$2" "$1"
    return
  fi
  say "+ user $1 ($2)"
  [ -n "$check" ] || useradd --no-create-home --home-dir "/home/$1" --shell /usr/sbin/nologin --gid "$2" "$1"
}

directory() { # PATH MODE USER GROUP
  [ "$(stat -c '%F %a %U %G' "$1" 2>/dev/null)" != "directory $2 $3 $4" ] || return 0
  say "+ directory $1 (mode $2, owner $3:$4)"
  [ -n "$check" ] || install -d -m "$2" -o "$3" -g "$4" "$1"
}

file() { # PATH TEMPLATE MODE USER GROUP
  sed -e "s|@name@|$name|g" -e "s|@port@|$port|g" "$here/templates/$2" >"$scratch"
  if cmp -s "$scratch" "$1"; then
    [ "$(stat -c '%a %U %G' "$1")" != "$3 $4 $5" ] || return 0
    say "~ $1 (mode $3, owner $4:$5)"
    if [ -z "$check" ]; then chown "$4:$5" "$1"; chmod "$3" "$1"; fi
    return
  fi
  if [ -n "$check" ]; then
    old=$1
    [ -e "$old" ] || old=/dev/null
    diff -u --label "$1" --label "$1 (mode $3, owner $4:$5)" "$old" "$scratch" || [ $? -eq 1 ]
    return
  fi
  say "+ $1"
  install -m "$3" -o "$4" -g "$5" "$scratch" "$1.new"
  mv -f "$1.new" "$1"
}

key() { # PATH KEY VALUE [MODE]
  if [ $# -gt 3 ]; then
    if [ ! -e "$1" ]; then
      say "+ $1 (mode $4)"
      [ -n "$check" ] || install -m "$4" /dev/null "$1"
    elif [ "$(stat -c %a "$1")" != "$4" ]; then
      say "~ $1 (mode $4)"
      [ -n "$check" ] || chmod "$4" "$1"
    fi
  fi
  if grep -qxF "$2=$3" "$1" 2>/dev/null; then return; fi
  say "$1: + $2=$3"
  [ -z "$check" ] || return 0
  if grep -q "^$2=" "$1"; then
    cp -p "$1" "$1.new"
    sed "s|^$2=.*|$2=$3|" "$1" >"$1.new"
    mv -f "$1.new" "$1"
  else
    printf '%s\n' "$2=$3" >>"$1"
  fi
}

line() { # PATH LINE [MATCH]
  if grep -qxF "$2" "$1"; then return; fi
  if [ $# -gt 2 ] && old=$(grep -E "$3" "$1"); then
    printf '%s\n' "$1:" "- $old" "+ $2"
    [ -z "$check" ] || return 0
    cp -p "$1" "$1.new"
    sed -E "s|$3.*|$2|" "$1" >"$1.new"
    mv -f "$1.new" "$1"
    return
  fi
  printf '%s\n' "$1:" "+ $2"
  [ -n "$check" ] || printf '%s\n' "$2" >>"$1"
}

tree() { # PATH USER GROUP
  if ! getent passwd "$2" >/dev/null || ! getent group "$3" >/dev/null; then
    say "~ everything in $1: owner $2:$3"
    return
  fi
  [ -n "$(find "$1" \( ! -user "$2" -o ! -group "$3" \) -print -quit)" ] || return 0
  say "~ $(find "$1" \( ! -user "$2" -o ! -group "$3" \) -print | wc -l) in $1: owner $2:$3"
  [ -n "$check" ] || find "$1" \( ! -user "$2" -o ! -group "$3" \) -exec chown -h "$2:$3" {} +
}
`;

/** A plain bash script, the measure of all. */
export const bashContender: Contender = {
  name: 'bash',
  files(workload) {
    const templates = [...workload.templates].map(([name, text]) => [`templates/${name}`, text] as const);
    return new Map([['install.sh', scriptOf(workload)], ...templates]);
  },
  argv: (phase, folder) => ['bash', `${folder}/install.sh`, ...(phase === 'plan' ? ['--check'] : [])],
  environment: () => ({}),
};

function scriptOf({ values, tasks }: Workload): string {
  const calls = tasks.map((task) => callOf(task).map(quoted).join(' '));
  return `${FUNCTIONS}\nname=${values.name}\nport=${values.port}\n\n${calls.join('\n')}\n`;
}

function callOf(task: Task): readonly string[] {
  switch (task.kind) {
    case 'group':
      return ['group', task.name];
    case 'user':
      return ['user', task.name, task.group];
    case 'directory':
      return ['directory', task.path, octal(task.mode), task.owner.user, task.owner.group];
    case 'file':
      return ['file', task.path, task.template, octal(task.mode), task.owner.user, task.owner.group];
    case 'key':
      return ['key', task.path, task.key, task.value, ...(task.mode === undefined ? [] : [octal(task.mode)])];
    case 'line':
      return ['line', task.path, task.line, ...(task.match === undefined ? [] : [task.match])];
    case 'tree':
      return ['tree', task.path, task.owner.user, task.owner.group];
  }
}

/** As stat(1) prints it. */
function octal(mode: string): string {
  return mode.replace(/^0+/, '');
}

function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
