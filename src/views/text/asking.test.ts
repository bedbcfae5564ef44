import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JournalEvent } from '../../model/events.ts';
import type { Request } from '../../model/feed.ts';
import type { Question } from '../../model/questions.ts';
import { createAsking, type ReadLine } from './asking.ts';
import { createPage } from './page.ts';

const style = { colour: false, unicode: false };
const plan = (id: string): Question => ({ id, about: 'plan', data: null, takes: { choices: ['approve', 'abandon'] } });
const event = (body: object): JournalEvent => ({ v: 1, seq: 9, at: '', prev: '', sum: '', ...body }) as JournalEvent;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function desk(readLine: ReadLine, readSecret?: ReadLine) {
  const requests: Request[] = [];
  let written = '';
  const write = (text: string): void => {
    written += text;
  };
  const page = createPage({ write, style, overwrites: false });
  const control = { request: (request: Request) => void requests.push(request) };
  const asking = createAsking(readLine, control, page, style, undefined, readSecret);
  return { asking, requests, written: () => written };
}

describe('asking by line', () => {
  it('takes a question back when something else answers it', async () => {
    const signals: AbortSignal[] = [];
    const { asking, requests } = desk((_, signal) => {
      if (signal !== undefined) signals.push(signal);
      return new Promise(() => undefined);
    });
    asking.open(plan('plan:2'), '');
    await vi.advanceTimersByTimeAsync(200);
    asking.heed(event({ type: 'question.answered', id: 'plan:1', answer: 'approve', by: 'operator' }));
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
    asking.heed(event({ type: 'question.answered', id: 'plan:2', answer: 'approve', by: 'operator' }));
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    expect(requests).toEqual([]);
  });

  it('never asks what is answered, or what the run has stopped for, in the same moment', async () => {
    const readLine = vi.fn<ReadLine>(async () => 'yes');
    const { asking, written } = desk(readLine);
    asking.open(plan('plan:2'), '');
    asking.heed(event({ type: 'question.answered', id: 'plan:2', answer: 'approve', by: 'option' }));
    asking.open(plan('plan:3'), '');
    asking.heed(event({ type: 'run.stopped', reason: 'interrupted' }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(readLine).not.toHaveBeenCalled();
    expect(written()).toBe('');
    expect([asking.hasAsked('plan:2'), asking.hasAsked('plan:3')]).toEqual([false, false]);
  });

  it('drops what was typed for a question that is no longer open', async () => {
    let type: (line: string) => void = () => undefined;
    const readLine: ReadLine = () =>
      new Promise((resolve) => {
        type = resolve;
      });
    const { asking, requests } = desk(readLine);
    asking.open(plan('plan:2'), '');
    await vi.advanceTimersByTimeAsync(200);
    asking.close();
    type('yes');
    await vi.advanceTimersByTimeAsync(1);
    expect(requests).toEqual([]);
  });

  it('has a secret typed where it is not shown, and asks again where nothing is typed', async () => {
    const readLine = vi.fn<ReadLine>(async () => 'seen by all');
    const typed = ['', ' p w '];
    const { asking, requests, written } = desk(readLine, async () => typed.shift());
    const data = { title: 'Write it', secret: 'key', path: '/srv/db' };
    asking.open({ id: 'adopt:1', about: 'adopt', data, takes: { secret: 'key' } }, '');
    await vi.advanceTimersByTimeAsync(200);
    expect(readLine).not.toHaveBeenCalled();
    expect(requests).toEqual([{ kind: 'answer', id: 'adopt:1', answer: ' p w ' }]);
    expect(written()).toContain('It can not be empty.');
    expect(written()).not.toContain('p w');
  });

  it('leaves a secret to options where it would be shown', async () => {
    const readLine = vi.fn<ReadLine>(async () => 'seen by all');
    const { asking, requests } = desk(readLine);
    asking.open({ id: 'adopt:1', about: 'adopt', data: null, takes: { secret: 'key' } }, '');
    await vi.advanceTimersByTimeAsync(200);
    expect(readLine).not.toHaveBeenCalled();
    expect(requests).toEqual([{ kind: 'leave' }]);
  });

  it('takes it that nobody is there where the keyboard can not be read', async () => {
    const { asking, requests } = desk(() => Promise.reject(new Error('EIO')));
    asking.open(plan('plan:2'), '');
    await vi.advanceTimersByTimeAsync(200);
    expect(requests).toEqual([{ kind: 'leave' }]);
  });
});
