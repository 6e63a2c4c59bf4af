// Multi-scale deformable attention for training on a CPU: samples, weighs and sums in one pass.
//
// The same with grid_sample writes every sampled value to memory, 24 numbers times 48 places per
// query and head, and reads it back four times; here a place is read where it is used. All tensors
// are contiguous float32:
//
//   value     (B, N, H, D)         levels flattened row by row, finest first
//   locations (B, Q, H, L, P, 2)   x, y in cells of their level; the first cell spans 0..1
//   weights   (B, Q, H, L, P)
//   output    (B, Q, H, D)
//
// A place outside of its level counts as zero, as in grid_sample with align_corners=False.

#include <ATen/Parallel.h>
#include <torch/extension.h>

#include <cmath>
#include <vector>

namespace {

struct Sizes {
  int64_t batch, cells, heads, dims, queries, levels, points;
};

Sizes sizes_of(const at::Tensor& value, const at::Tensor& weights) {
  return {value.size(0),   value.size(1),   value.size(2),  value.size(3),
          weights.size(1), weights.size(3), weights.size(4)};
}

// The four cells around a place, with their shares; `row` is negative for a cell outside.
struct Corners {
  int64_t row[4];
  float share[4];
  float fx, fy;
};

Corners corners_of(float x, float y, int64_t height, int64_t width, int64_t start) {
  Corners c;
  const float left = std::floor(x - 0.5f), top = std::floor(y - 0.5f);
  c.fx = x - 0.5f - left;
  c.fy = y - 0.5f - top;
  for (int k = 0; k < 4; ++k) {
    const float column = left + (k & 1), row = top + (k >> 1);
    // Compared as floats: a place far away does not fit an integer, and NaN compares as outside.
    const bool inside = column >= 0 && column < width && row >= 0 && row < height;
    c.row[k] = inside ? start + int64_t(row) * width + int64_t(column) : -1;
    c.share[k] = ((k & 1) ? c.fx : 1 - c.fx) * ((k >> 1) ? c.fy : 1 - c.fy);
  }
  return c;
}

// Runs `visit(place, corners, height, width)` for every place of one query and head.
template <class Visit>
void each_place(const Sizes& s, const int64_t* shapes, const float* xy, Visit visit) {
  int64_t start = 0;
  for (int64_t level = 0; level < s.levels; ++level) {
    const int64_t height = shapes[2 * level], width = shapes[2 * level + 1];
    for (int64_t point = 0; point < s.points; ++point) {
      const int64_t place = level * s.points + point;
      visit(place, corners_of(xy[2 * place], xy[2 * place + 1], height, width, start));
    }
    start += height * width;
  }
}

}  // namespace

at::Tensor forward(const at::Tensor& value, const at::Tensor& shapes, const at::Tensor& locations,
                   const at::Tensor& weights) {
  const Sizes s = sizes_of(value, weights);
  auto output = at::zeros({s.batch, s.queries, s.heads, s.dims}, value.options());
  const float* v = value.const_data_ptr<float>();
  const float* xy = locations.const_data_ptr<float>();
  const float* w = weights.const_data_ptr<float>();
  const int64_t* sides = shapes.const_data_ptr<int64_t>();
  float* out = output.data_ptr<float>();
  const int64_t places = s.levels * s.points, stride = s.heads * s.dims;

  at::parallel_for(0, s.batch * s.queries * s.heads, 512, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t head = i % s.heads, image = i / (s.heads * s.queries);
      const float* base = v + image * s.cells * stride + head * s.dims;
      float* sum = out + i * s.dims;
      each_place(s, sides, xy + 2 * i * places, [&](int64_t place, const Corners& c) {
        for (int k = 0; k < 4; ++k) {
          if (c.row[k] < 0) continue;
          const float* cell = base + c.row[k] * stride;
          const float share = w[i * places + place] * c.share[k];
          for (int64_t d = 0; d < s.dims; ++d) sum[d] += share * cell[d];
        }
      });
    }
  });
  return output;
}

std::vector<at::Tensor> backward(const at::Tensor& grad, const at::Tensor& value,
                                 const at::Tensor& shapes, const at::Tensor& locations,
                                 const at::Tensor& weights) {
  const Sizes s = sizes_of(value, weights);
  auto grad_value = at::zeros_like(value);
  auto grad_locations = at::zeros_like(locations);
  auto grad_weights = at::zeros_like(weights);
  const float* g = grad.const_data_ptr<float>();
  const float* v = value.const_data_ptr<float>();
  const float* xy = locations.const_data_ptr<float>();
  const float* w = weights.const_data_ptr<float>();
  const int64_t* sides = shapes.const_data_ptr<int64_t>();
  float* gv = grad_value.data_ptr<float>();
  float* gxy = grad_locations.data_ptr<float>();
  float* gw = grad_weights.data_ptr<float>();
  const int64_t places = s.levels * s.points, stride = s.heads * s.dims;

  // By image and head: no two threads add to the same cell, so the sums have one order.
  at::parallel_for(0, s.batch * s.heads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      const int64_t image = part / s.heads, head = part % s.heads;
      const int64_t base = image * s.cells * stride + head * s.dims;
      for (int64_t query = 0; query < s.queries; ++query) {
        const int64_t i = (image * s.queries + query) * s.heads + head;
        const float* from = g + i * s.dims;
        each_place(s, sides, xy + 2 * i * places, [&](int64_t place, const Corners& c) {
          const float weight = w[i * places + place];
          float dot[4] = {0, 0, 0, 0};
          for (int k = 0; k < 4; ++k) {
            if (c.row[k] < 0) continue;
            const float* cell = v + base + c.row[k] * stride;
            float* to = gv + base + c.row[k] * stride;
            const float share = weight * c.share[k];
            float sum = 0;
            for (int64_t d = 0; d < s.dims; ++d) {
              sum += cell[d] * from[d];
              to[d] += share * from[d];
            }
            dot[k] = sum;
          }
          const int64_t at = i * places + place;
          for (int k = 0; k < 4; ++k) gw[at] += c.share[k] * dot[k];
          gxy[2 * at] = weight * ((1 - c.fy) * (dot[1] - dot[0]) + c.fy * (dot[3] - dot[2]));
          gxy[2 * at + 1] = weight * ((1 - c.fx) * (dot[2] - dot[0]) + c.fx * (dot[3] - dot[1]));
        });
      }
    }
  });
  return {grad_value, grad_locations, grad_weights};
}

PYBIND11_MODULE(TORCH_EXTENSION_NAME, module) {
  module.def("forward", &forward);
  module.def("backward", &backward);
}
