import { expect, it } from 'vitest';
import { stepsOf } from './steps.ts';

const header =
  'body;dur=20.0, fetch;dur=0.0, queue;dur=0.1, decode;dur=30.0, load;dur=400.0, detect;dur=1250.0';

it('names the steps, leaves out those that took no time, and says what is left', () => {
  expect(stepsOf(header, 1.75)).toEqual({
    isMeasured: true,
    steps: [
      { label: 'receive the picture', seconds: 0.02 },
      { label: 'decode it', seconds: 0.03 },
      { label: 'load the model', seconds: 0.4 },
      { label: 'find nuclei', seconds: 1.25 },
      { label: 'network and the rest', seconds: expect.closeTo(0.05, 6) },
    ],
  });
});

it('always says how long finding nuclei took', () => {
  expect(stepsOf('body;dur=1.0, decode;dur=2.0, detect;dur=3.0', 0.006)).toEqual({
    isMeasured: true,
    steps: [{ label: 'find nuclei', seconds: 0.003 }],
  });
});

it('takes a clock that stands still for none', () => {
  const still = 'body;dur=20.0, fetch;dur=0.0, queue;dur=0.0, decode;dur=0.0, detect;dur=0.0';
  expect(stepsOf(still, 2)).toEqual({ steps: [], isMeasured: false });
  expect(stepsOf(null, 2)).toEqual({ steps: [], isMeasured: false });
});
