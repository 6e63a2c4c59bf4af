import { describe, expect, test } from 'vitest';
import { resolveMpp, sizeAtMpp } from './resolution.ts';

describe('the resolution of a picture', () => {
  test('the request counts before the header', () => {
    expect(resolveMpp({ request: 0.25, header: 0.5 })).toEqual({ value: 0.25, source: 'request' });
    expect(resolveMpp({ request: 0.25, header: Number.NaN }).value).toBe(0.25);
    expect(resolveMpp({ request: undefined, header: 0.5 })).toEqual({
      value: 0.5,
      source: 'header',
    });
  });

  test('unknown is an error that says what to pass', () => {
    expect(() => resolveMpp({ request: undefined, header: undefined })).toThrow(
      expect.objectContaining({
        code: 'MPP_UNKNOWN',
        message: expect.stringMatching(
          /^The picture does not say its resolution. Pass it as mpp: .*between 0.05 and 10/,
        ),
      }),
    );
  });

  test.each([0, -1, 1e9, 0.049, 10.01, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d is no resolution, whoever says it',
    (mpp) => {
      const invalid = expect.objectContaining({
        code: 'MPP_INVALID',
        message: expect.stringContaining(String(mpp)),
      });
      expect(() => resolveMpp({ request: mpp, header: 0.5 })).toThrow(invalid);
      expect(() => resolveMpp({ request: undefined, header: mpp })).toThrow(invalid);
    },
  );

  test('both ends are allowed', () => {
    expect(resolveMpp({ request: 0.05, header: undefined }).value).toBe(0.05);
    expect(resolveMpp({ request: 10, header: undefined }).value).toBe(10);
  });
});

describe('the size of a plane', () => {
  test.each([
    [1000, 801, 0.25, 500, 401],
    [1000, 803, 0.25, 500, 402],
    [500, 500, 0.55, 550, 550],
    [500, 300, 0.5, 500, 300],
    [1, 1, 0.05, 1, 1],
    [1024, 1024, 0.19446, 398, 398],
  ])('%i x %i at %d is %i x %i at 0.5', (width, height, mpp, levelWidth, levelHeight) => {
    expect(sizeAtMpp({ width, height }, mpp, 0.5)).toEqual({
      width: levelWidth,
      height: levelHeight,
    });
  });
});
