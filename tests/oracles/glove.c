/* GloVe's steps in plain C and double precision, written for this course from the published formulas and from what
   Stanford's program does as of 52f7dbc (2024): a transcription, not that program. One thread, records in their order.

   glove FILE words size epochs x_max alpha eta clip eta_on_biases
   FILE holds 2 * words * (size + 1) start values as double, then records: two int32 and a double each.
   Prints the mean cost of each epoch, then the seconds of processor time of all. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifndef REAL
#define REAL double
#endif
typedef REAL real;
typedef struct { int row, col; double count; } record;

static real clipped(real g, real most) { return fmin(fmax(g, -most), most); }

int main(int argc, char **argv) {
  if (argc != 10) return 2;
  long words = atol(argv[2]), size = atol(argv[3]), wide = size + 1, all = 2 * words * wide, pairs;
  int epochs = atoi(argv[4]), eta_on_biases = atoi(argv[9]);
  real x_max = atof(argv[5]), alpha = atof(argv[6]), eta = atof(argv[7]), most = atof(argv[8]);
  FILE *file = fopen(argv[1], "rb");
  fseek(file, 0, SEEK_END);
  pairs = (ftell(file) - all * 8) / sizeof(record);
  rewind(file);
  double *start = malloc(all * 8);
  record *records = malloc(pairs * sizeof(record));
  if (fread(start, 8, all, file) != all || fread(records, sizeof(record), pairs, file) != pairs) return 3;
  real *weights = malloc(all * sizeof(real)), *sums = malloc(all * sizeof(real));
  for (long k = 0; k < all; k++) { weights[k] = start[k]; sums[k] = 1; }
  clock_t begin = clock();
  for (int epoch = 0; epoch < epochs; epoch++) {
    double cost = 0;
    for (long n = 0; n < pairs; n++) {
      real *w = weights + records[n].row * wide, *c = weights + (records[n].col + words) * wide;
      real *gw = sums + records[n].row * wide, *gc = sums + (records[n].col + words) * wide;
      real x = records[n].count, diff = w[size] + c[size] - log(x);
      for (long k = 0; k < size; k++) diff += w[k] * c[k];
      real weighed = x > x_max ? diff : pow(x / x_max, alpha) * diff;
      cost += 0.5 * weighed * diff;
      for (long k = 0; k < size; k++) {
        real a = clipped(weighed * c[k], most) * eta, b = clipped(weighed * w[k], most) * eta;
        w[k] -= a / sqrt(gw[k]);
        c[k] -= b / sqrt(gc[k]);
        gw[k] += a * a;
        gc[k] += b * b;
      }
      real step = eta_on_biases ? eta * weighed : weighed;
      w[size] -= step / sqrt(gw[size]);
      c[size] -= step / sqrt(gc[size]);
      gw[size] += step * step;
      gc[size] += step * step;
    }
    printf("%.17g\n", cost / pairs);
  }
  printf("%.6g\n", (double)(clock() - begin) / CLOCKS_PER_SEC);
  return 0;
}
