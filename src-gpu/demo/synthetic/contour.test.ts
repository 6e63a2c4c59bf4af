import { describe, expect, it } from 'vitest';
import { Random } from '../../../shared/random.ts';
import { Contour } from './contour.ts';

const options = { x: 10, y: -20, long: 50, short: 50, angle: 0.3, roughness: 0 };

describe('Contour', () => {
  it('of two equal axes without noise is a circle', () => {
    const circle = new Contour(options, new Random(1, 0));
    expect(circle.maxRadius).toBeCloseTo(50, 6);
    expect(circle.perimeter).toBeCloseTo(2 * Math.PI * 50, 6);
    expect(circle.depth(10, -20)).toBeCloseTo(50, 6);
    expect(circle.depth(10 + 30, -20 + 40)).toBeCloseTo(0, 6);
    expect(circle.depth(10, 40)).toBeCloseTo(-10, 6);
  });

  it('has its points on itself and its normals inwards', () => {
    const contour = new Contour({ ...options, long: 70, roughness: 0.05 }, new Random(2, 0));
    for (let theta = 0; theta < 2 * Math.PI; theta += 0.1) {
      const { x, y, normal } = contour.at(theta);
      expect(Math.abs(contour.depth(x, y))).toBeLessThan(1e-6);
      const inside = contour.depth(x + 3 * Math.cos(normal), y + 3 * Math.sin(normal));
      expect(inside).toBeGreaterThan(2);
      expect(inside).toBeLessThan(4);
    }
  });

  it('measures along itself', () => {
    const contour = new Contour({ ...options, long: 80, roughness: 0.04 }, new Random(3, 0));
    const steps = 1000;
    for (const part of [0.2, 0.5, 0.9]) {
      let length = 0;
      const end = contour.angleAtArc(part * contour.perimeter);
      for (let i = 0; i < steps; i++) {
        const a = contour.at((i / steps) * end);
        const b = contour.at(((i + 1) / steps) * end);
        length += Math.hypot(a.x - b.x, a.y - b.y);
      }
      expect(length / contour.perimeter).toBeCloseTo(part, 2);
    }
  });
});
