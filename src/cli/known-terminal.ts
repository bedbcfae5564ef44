import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Families whose members all know the few sequences that fairlead draws with, also where terminfo has no entry for one. */
const FAMILIES =
  /^(alacritty|ansi|contour|cygwin|eterm|foot|ghostty|gnome|iterm|kitty|konsole|linux|mlterm|mintty|ms-terminal|putty|rxvt|screen|st|teken|tmux|vscode|vt\d+|vte|wezterm|xterm)(-|\+|\.|\d|$)/i;

/** Where ncurses looks: terminfo(5). */
const TERMINFO = ['/etc/terminfo', '/lib/terminfo', '/usr/lib/terminfo', '/usr/share/terminfo', '/usr/local/share/terminfo'];

/** May this terminal be drawn on: moved in, coloured? `dumb` and what nobody knows get plain lines. */
export function isKnownTerminal(environment: NodeJS.ProcessEnv): boolean {
  const term = environment.TERM ?? '';
  if (term === '' || term === 'dumb' || term === 'unknown' || !/^[\w.+-]+$/.test(term)) return false;
  if (FAMILIES.test(term)) return true;
  const own = [environment.TERMINFO, environment.HOME === undefined ? undefined : join(environment.HOME, '.terminfo')];
  return [...own, ...TERMINFO].some((folder) => folder !== undefined && existsSync(join(folder, term.charAt(0), term)));
}

/** Says the environment that somebody reads with a screen reader? Any value but none and 0: it has no standard. */
export function wantsPlain({ ACCESSIBLE }: NodeJS.ProcessEnv): boolean {
  return ACCESSIBLE !== undefined && ACCESSIBLE !== '' && ACCESSIBLE !== '0';
}

/** How many colours the terminal has, as far as it says so: what a program inside the app is drawn with. */
export function coloursOf({ TERM = '', COLORTERM = '' }: NodeJS.ProcessEnv): 16 | 256 {
  return /256color|direct|kitty|alacritty|ghostty|foot|wezterm|contour/i.test(TERM) || /^(truecolor|24bit)$/i.test(COLORTERM)
    ? 256
    : 16;
}
