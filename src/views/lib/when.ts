const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * A moment for people, in local time: `23 Nov 14:03`, of another year `23 Nov 2025`. Never `2 hours ago`: a page may stand on
 * the screen for days, and would have to be drawn again to stay true. `now` in milliseconds since the epoch.
 */
export function when(iso: string, now: number): string {
  const at = new Date(iso);
  const day = `${at.getDate()} ${MONTHS[at.getMonth()]}`;
  if (at.getFullYear() !== new Date(now).getFullYear()) return `${day} ${at.getFullYear()}`;
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
