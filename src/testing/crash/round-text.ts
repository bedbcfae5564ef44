import type { RoundEnd } from './one-round.ts';

/** One round in one line; a failed one with all that is needed to find out why. */
export function roundText(end: RoundEnd, seed: number): string {
  const { round, kills, doubts, failed, resumes, waits, problems, ms } = end;
  const killed = kills.map(({ target, moment, fell }) => (fell === undefined ? `no kill (${moment})` : `${target} at ${fell}`));
  const line = [
    `round ${round} ${problems.length === 0 ? 'ok' : 'FAILED'}: killed ${killed.join(', ')}`,
    `${resumes} more ${resumes === 1 ? 'process' : 'processes'}`,
    ...doubts.map((answer) => `in doubt: ${answer}`),
    ...failed.map((what) => `a step failed on the way: ${what}`),
    ...waits.map((what) => `waited for ${what}`),
    `${(ms / 1000).toFixed(1)} s`,
  ].join('; ');
  if (problems.length === 0) return line;
  return [
    line,
    ...kills.map(({ moment, fell }) => `    drawn: ${moment}; fell: ${fell ?? 'not at all'}`),
    ...[...problems, ...end.evidence.split('\n')].map((text) => `    ${text}`),
    `    play it again: npm run crash -- --seed ${seed} --round ${round}`,
  ].join('\n');
}

/** All rounds together. */
export function summaryText(ends: readonly RoundEnd[], seed: number, ms: number): string {
  const kills = ends.flatMap((end) => end.kills);
  const fallen = kills.filter((kill) => kill.fell !== undefined);
  const doubts = ends.flatMap((end) => end.doubts);
  const failed = ends.filter((end) => end.problems.length > 0);
  const sum = (of: (end: RoundEnd) => number): number => ends.reduce((total, end) => total + of(end), 0);
  return [
    '',
    `seed ${seed}: ${ends.length} rounds, ${ends.length - failed.length} with the same end, ${failed.length} failed`,
    `kills      ${fallen.length}: ${fallen.filter((kill) => kill.target === 'pid').length} of the process alone, ` +
      `${fallen.filter((kill) => kill.target === 'group').length} of its group; ${kills.length - fallen.length} came too late`,
    `resumes    ${sum((end) => end.resumes)}`,
    `doubts     ${doubts.length}: ${counted(doubts)}`,
    `survivors  waited for: ${counted(ends.flatMap((end) => end.waits))}`,
    `on the way ${sum((end) => end.failed.length)} failed steps that a resume mended`,
    ...ends.flatMap((end) => end.failed).map((what) => `           ${what}`),
    `time       ${(ms / 60_000).toFixed(1)} minutes, ${(sum((end) => end.ms) / Math.max(1, ends.length) / 1000).toFixed(1)} s a round`,
    'kills fell',
    ...countsOf(fallen.map((kill) => kill.fell ?? '')).map(([where, count]) => `  ${String(count).padStart(4)}  ${where}`),
    ...(failed.length === 0 ? [] : [`FAILED: rounds ${failed.map((end) => end.round).join(', ')}`]),
  ].join('\n');
}

function counted(words: readonly string[]): string {
  return (
    countsOf(words)
      .map(([word, count]) => `${count} ${word}`)
      .join(', ') || 'none'
  );
}

function countsOf(words: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}
