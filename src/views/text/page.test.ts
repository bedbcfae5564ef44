import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StepId } from '../../model/step-id.ts';
import { createPage, type Page } from './page.ts';

const step = 'pull' as StepId;

interface Sheet {
  readonly page: Page;
  /** What was written since the last look. */
  look(): string;
}

function sheet(overwrites: boolean, columns?: number): Sheet {
  let written = '';
  const page = createPage({
    write: (text) => {
      written += text;
    },
    style: { colour: false, unicode: true },
    overwrites,
    ...(columns === undefined ? {} : { columns: () => columns }),
  });
  return {
    page,
    look() {
      const seen = written;
      written = '';
      return seen;
    },
  };
}

const progress = (page: Page, text: string, done?: number, of?: number): void =>
  page.live({ type: 'step.progress', step, text, ...(done === undefined ? {} : { done }), ...(of === undefined ? {} : { of }) });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a page that can not be drawn over', () => {
  it('says of a check how long it still waits', () => {
    const { page, look } = sheet(false);
    page.begin('1/1 Wait');
    page.live({ type: 'step.progress', step, text: 'waiting: door: shut', atMostMs: 300_000, leftMs: 222_000 });
    vi.advanceTimersByTime(3_000);
    expect(look()).toBe('… 1/1 Wait\n    waiting: door: shut; 3 m 42 s left\n');
    page.over();
  });

  it('announces only a step that takes longer, once', () => {
    const { page, look } = sheet(false);
    page.begin('1/2 Quick');
    page.over();
    page.begin('2/2 Slow');
    vi.advanceTimersByTime(2_900);
    expect(look()).toBe('');
    vi.advanceTimersByTime(20_000);
    expect(look()).toBe('… 2/2 Slow\n');
    page.over();
  });

  it('puts the name of a step above what it prints, once', () => {
    const { page, look } = sheet(false);
    page.begin('1/1 Pull');
    page.live({ type: 'step.output', step, text: 'one' });
    page.live({ type: 'step.output', step, text: 'two' });
    page.over();
    expect(look()).toBe('… 1/1 Pull\n    one\n    two\n');
  });

  it('says progress when it has lasted three seconds, then at most every ten', () => {
    const { page, look } = sheet(false);
    page.begin('1/1 Pull');
    for (let second = 0; second < 35; second++) {
      progress(page, `second ${second}`, second, 100);
      vi.advanceTimersByTime(1_000);
    }
    page.over();
    expect(look()).toBe('… 1/1 Pull\n    second 2 2 %\n    second 13 13 %\n    second 23 23 %\n    second 33 33 %\n');
  });

  it('gives a sign of life every minute of silence', () => {
    const { page, look } = sheet(false);
    page.begin('1/1 Build');
    progress(page, 'compiling');
    vi.advanceTimersByTime(125_000);
    page.over();
    expect(look()).toBe(
      '… 1/1 Build\n    compiling\n    still under way after 1 m 03 s: compiling\n    still under way after 2 m 03 s: compiling\n',
    );
  });

  it('keeps one blank line between parts that both want one', () => {
    const { page, look } = sheet(false);
    page.lines(['', 'a', '']);
    page.lines(['', 'b']);
    page.lines(['']);
    expect(look()).toBe('a\n\nb\n\n');
  });
});

describe('a page that can be drawn over', () => {
  it('shows what is being done with its time, and takes it away at the end', () => {
    const { page, look } = sheet(true);
    page.begin('1/1 Pull');
    expect(look()).toBe('… 1/1 Pull');
    vi.advanceTimersByTime(3_000);
    expect(look()).toBe('\r\u001b[K… 1/1 Pull (2 s)\r\u001b[K… 1/1 Pull (3 s)');
    page.over();
    page.lines(['done']);
    expect(look()).toBe('\r\u001b[Kdone\n');
  });

  it('stays within the width of the terminal, wide characters counted as two', () => {
    const { page, look } = sheet(true, 30);
    page.begin('1/1 日本語日本語日本語日本語日本語');
    expect(look()).toBe('… 1/1 日本語日本語日本語日本…');
    progress(page, 'a long story about what it waits for');
    expect(look().replaceAll('\r\u001b[K', '').length).toBeLessThanOrEqual(29);
    page.over();
  });

  it('shows progress beside the title, however long that is', () => {
    const { page, look } = sheet(true);
    page.begin(`1/1 ${'A very long title '.repeat(5)}`);
    look();
    progress(page, 'waiting for web');
    expect(look()).toBe('\r\u001b[K… 1/1 A very long title A very long tit…: waiting for web');
    page.over();
  });

  it('draws nothing while a question is open', () => {
    const { page, look } = sheet(true);
    page.begin('1/1 Set the DNS name');
    page.quiet(true);
    look();
    vi.advanceTimersByTime(60_000);
    progress(page, 'waiting');
    expect(look()).toBe('');
    page.quiet(false);
    expect(look()).toBe('… 1/1 Set the DNS name (1 m 00 s): waiting');
    page.over();
  });

  it('sends nothing when no step is being done', () => {
    const { page, look } = sheet(true);
    page.begin('1/1 Pull');
    page.over();
    look();
    vi.advanceTimersByTime(600_000);
    expect(look()).toBe('');
    expect(vi.getTimerCount()).toBe(0);
  });
});
