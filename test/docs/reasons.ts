/**
 * Why a block of commands may be left out of the run: `<!-- not run: REASON -->` on the line before its fence. Each with
 * what the block must hold for that to be true.
 */
export const REASONS: Readonly<Record<string, RegExp>> = {
  'needs a GPU': /gpu|cuda/i,
  'needs Docker': /docker/,
  'needs QuPath': /QuPath/,
  'needs a Cloudflare account': /wrangler|deploy:edge/,
  'needs a network': /\b(npm|pip|git clone|https:)/,
  'needs several machines': /REDIS_URL|redis-server/,
  'needs files of others': /OFFICIAL|CoNSeP|IMAGENET|TILES|ocelot|models\/official/,
  'needs the data sets': /--dataset nuclei/,
  'trains for hours': /unicell\.(train|experiments|teach|average|export)/,
  'measures for minutes': /npm run (bench|load|parity|quantise)/,
  'is these tests': /npm test|npm run (test|check|fix)|vitest|\.ci\/run/,
};
