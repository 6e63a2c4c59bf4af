// Depthwise convolution of channels-last maps, forward and backward, for training on a CPU.
//
// Channels are innermost, so that a vector register holds eight of them; the padding is part of the
// loops instead of a copy of the map. Shapes: x (B, H, W, C), weight (K * K, C), bias (C),
// output (B, P, Q, C). C is a multiple of 8.

#include <torch/extension.h>

#include <algorithm>

namespace {

constexpr int64_t LANES = 8;

struct Shape {
  int64_t batch, height, width, channels, rows, columns, kernel, stride, low;
};

// Calls f(std::integral_constant) with the widest block that divides what is left of the channels.
template <typename F>
void over_channels(int64_t channels, F f) {
  int64_t c = 0;
  for (; c + 4 * LANES <= channels; c += 4 * LANES) f(c, std::integral_constant<int, 4 * LANES>());
  for (; c < channels; c += LANES) f(c, std::integral_constant<int, LANES>());
}

void forward_kernel(const Shape& s, const float* x, const float* weight, const float* bias,
                    float* out) {
  at::parallel_for(0, s.batch * s.rows, 1, [&](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; ++line) {
      const int64_t b = line / s.rows, p = line % s.rows;
      const int64_t top = p * s.stride - s.low;
      const int64_t from_y = std::max<int64_t>(0, -top);
      const int64_t to_y = std::min(s.kernel, s.height - top);
      for (int64_t q = 0; q < s.columns; ++q) {
        const int64_t left = q * s.stride - s.low;
        const int64_t from_x = std::max<int64_t>(0, -left);
        const int64_t to_x = std::min(s.kernel, s.width - left);
        float* to = out + (line * s.columns + q) * s.channels;
        over_channels(s.channels, [&](int64_t c, auto block) {
          constexpr int N = decltype(block)::value;
          float sum[N];
          for (int i = 0; i < N; ++i) sum[i] = bias[c + i];
          for (int64_t ky = from_y; ky < to_y; ++ky) {
            const float* row = x + ((b * s.height + top + ky) * s.width + left) * s.channels + c;
            const float* w = weight + ky * s.kernel * s.channels + c;
            for (int64_t kx = from_x; kx < to_x; ++kx)
              for (int i = 0; i < N; ++i)
                sum[i] += row[kx * s.channels + i] * w[kx * s.channels + i];
          }
          for (int i = 0; i < N; ++i) to[c + i] = sum[i];
        });
      }
    }
  });
}

void input_kernel(const Shape& s, const float* grad, const float* weight, float* dx) {
  at::parallel_for(0, s.batch * s.height, 1, [&](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; ++line) {
      const int64_t b = line / s.height, y = line % s.height;
      for (int64_t x = 0; x < s.width; ++x) {
        float* to = dx + (line * s.width + x) * s.channels;
        over_channels(s.channels, [&](int64_t c, auto block) {
          constexpr int N = decltype(block)::value;
          float sum[N] = {};
          for (int64_t ky = 0; ky < s.kernel; ++ky) {
            const int64_t p = y + s.low - ky;
            if (p < 0 || p % s.stride || p / s.stride >= s.rows) continue;
            for (int64_t kx = 0; kx < s.kernel; ++kx) {
              const int64_t q = x + s.low - kx;
              if (q < 0 || q % s.stride || q / s.stride >= s.columns) continue;
              const float* g =
                  grad + ((b * s.rows + p / s.stride) * s.columns + q / s.stride) * s.channels + c;
              const float* w = weight + (ky * s.kernel + kx) * s.channels + c;
              for (int i = 0; i < N; ++i) sum[i] += g[i] * w[i];
            }
          }
          for (int i = 0; i < N; ++i) to[c + i] = sum[i];
        });
      }
    }
  });
}

// One row of the kernel at a time: K sums of N channels stay in registers along a row of the map.
template <int K, int N>
void weight_block(const Shape& s, const float* x, const float* grad, float* dw, float* db,
                  int64_t c) {
  float bias[N] = {};
  for (int64_t ky = 0; ky < K; ++ky) {
    float sum[K][N] = {};
    for (int64_t b = 0; b < s.batch; ++b)
      for (int64_t p = 0; p < s.rows; ++p) {
        const int64_t y = p * s.stride - s.low + ky;
        const float* g = grad + (b * s.rows + p) * s.columns * s.channels + c;
        if (ky == 0)
          for (int64_t q = 0; q < s.columns; ++q)
            for (int i = 0; i < N; ++i) bias[i] += g[q * s.channels + i];
        if (y < 0 || y >= s.height) continue;
        const float* row = x + (b * s.height + y) * s.width * s.channels + c;
        for (int64_t q = 0; q < s.columns; ++q) {
          const int64_t left = q * s.stride - s.low;
          const float* at = g + q * s.channels;
          if (left >= 0 && left + K <= s.width) {
            for (int kx = 0; kx < K; ++kx)
              for (int i = 0; i < N; ++i)
                sum[kx][i] += at[i] * row[(left + kx) * s.channels + i];
          } else {
            for (int kx = 0; kx < K; ++kx) {
              if (left + kx < 0 || left + kx >= s.width) continue;
              for (int i = 0; i < N; ++i)
                sum[kx][i] += at[i] * row[(left + kx) * s.channels + i];
            }
          }
        }
      }
    for (int kx = 0; kx < K; ++kx)
      for (int i = 0; i < N; ++i) dw[(ky * K + kx) * s.channels + c + i] = sum[kx][i];
  }
  for (int i = 0; i < N; ++i) db[c + i] = bias[i];
}

template <int K>
void weight_kernel(const Shape& s, const float* x, const float* grad, float* dw, float* db) {
  at::parallel_for(0, s.channels / LANES, 1, [&](int64_t begin, int64_t end) {
    int64_t c = begin;
    for (; c + 2 <= end; c += 2) weight_block<K, 2 * LANES>(s, x, grad, dw, db, c * LANES);
    for (; c < end; ++c) weight_block<K, LANES>(s, x, grad, dw, db, c * LANES);
  });
}

Shape shape_of(const at::Tensor& x, int64_t kernel, int64_t stride, int64_t low, int64_t high) {
  Shape s{x.size(0), x.size(1), x.size(2), x.size(3), 0, 0, kernel, stride, low};
  s.rows = (s.height + low + high - kernel) / stride + 1;
  s.columns = (s.width + low + high - kernel) / stride + 1;
  TORCH_CHECK(s.channels % LANES == 0, "channels must be a multiple of ", LANES);
  TORCH_CHECK(kernel == 3 || kernel == 5, "kernel must be 3 or 5, got ", kernel);
  return s;
}

}  // namespace

at::Tensor forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                   int64_t kernel, int64_t stride, int64_t low, int64_t high) {
  const Shape s = shape_of(x, kernel, stride, low, high);
  at::Tensor out = at::empty({s.batch, s.rows, s.columns, s.channels}, x.options());
  forward_kernel(s, x.data_ptr<float>(), weight.data_ptr<float>(), bias.data_ptr<float>(),
                 out.data_ptr<float>());
  return out;
}

std::vector<at::Tensor> backward(const at::Tensor& grad, const at::Tensor& x,
                                 const at::Tensor& weight, int64_t kernel, int64_t stride,
                                 int64_t low, int64_t high) {
  const Shape s = shape_of(x, kernel, stride, low, high);
  at::Tensor dx = at::empty_like(x), dw = at::empty_like(weight);
  at::Tensor db = at::empty({s.channels}, x.options());
  const float* g = grad.data_ptr<float>();
  input_kernel(s, g, weight.data_ptr<float>(), dx.data_ptr<float>());
  if (kernel == 3)
    weight_kernel<3>(s, x.data_ptr<float>(), g, dw.data_ptr<float>(), db.data_ptr<float>());
  else
    weight_kernel<5>(s, x.data_ptr<float>(), g, dw.data_ptr<float>(), db.data_ptr<float>());
  return {dx, dw, db};
}

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) {
  m.def("forward", &forward);
  m.def("backward", &backward);
}
