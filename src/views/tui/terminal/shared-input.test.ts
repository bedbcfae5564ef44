import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { shareInput } from './shared-input.ts';

it('Ink reads what is not typed for a program, in order, and nothing of what is', () => {
  const stdin = new PassThrough({ encoding: 'utf8' });
  const taken: string[] = [];
  let taking = false;
  const shared = shareInput(stdin as never, (piece) => {
    if (taking) taken.push(piece);
    return taking;
  }) as unknown as PassThrough;
  stdin.write('one');
  expect(shared.read()).toBe('one');
  taking = true;
  stdin.write('two');
  expect(shared.read()).toBeNull();
  taking = false;
  stdin.write('three');
  expect(shared.read()).toBe('three');
  expect(taken).toEqual(['two']);
});

it('it is the stream in all else', () => {
  const stdin = new PassThrough();
  const shared = shareInput(stdin as never, () => false) as unknown as PassThrough;
  let heard = 0;
  const listen = (): void => void heard++;
  shared.on('readable', listen);
  stdin.emit('readable');
  shared.off('readable', listen);
  stdin.emit('readable');
  expect(heard).toBe(1);
});
