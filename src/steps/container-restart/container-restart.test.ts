import { expect } from 'vitest';
import { describeStepType } from '../../testing/step-bench.ts';
import { containerRestart } from './container-restart.ts';

const startedAt = '2026-01-01T10:00:00.123456789Z';

describeStepType(containerRestart, [
  {
    law: 'restarts a container',
    params: { container: 'museum' },
    given: ({ docker }) => docker.putContainer({ name: 'museum', startedAt }),
    changes: [{ action: 'run', target: 'museum' }],
    afterwards: async ({ docker }) => expect((await docker.container('museum'))?.startedAt).not.toBe(startedAt),
  },
  {
    law: 'plans the restart of a container that an earlier step makes',
    params: { container: 'museum' },
    changes: [{ action: 'run', target: 'museum' }],
    planOnly: true,
  },
  { law: 'fails where there is still no container then', params: { container: 'museum' }, fails: 'docker.no-such-container' },
  {
    law: 'sees that a restart in doubt did happen',
    params: { container: 'museum' },
    given: ({ docker }) => docker.putContainer({ name: 'museum', startedAt }),
    context: { doubted: [{ action: 'run', target: 'museum' }], doubtedAt: '2026-01-01T10:00:00.000Z' },
    changes: [],
  },
  {
    law: 'restarts again where a restart in doubt did not happen',
    params: { container: 'museum' },
    given: ({ docker }) => docker.putContainer({ name: 'museum', startedAt }),
    context: { doubted: [{ action: 'run', target: 'museum' }], doubtedAt: '2026-01-01T10:00:01.000Z' },
    changes: [{ action: 'run', target: 'museum' }],
  },
]);
