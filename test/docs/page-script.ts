/** One script of a page's commands, so that what a block has set, made or started is there for the next. */
import { type Block, commandsOf } from './blocks.ts';
import { inBackground, type Ports, withPorts } from './servers.ts';

/**
 * - A command that fails ends the script, with its block and its words on the last lines.
 * - `curl` fails where the service answers a problem; for a reader it would print it.
 * - `serve URL COMMAND...` starts in the background and returns when the URL answers with success.
 */
const BEFORE = `set -Eeuo pipefail
trap 'echo "FAILED: $BASH_COMMAND" >&2' ERR
curl() { command curl --silent --show-error --fail-with-body "$@"; }
declare -A served=()
stop() { [ -z "\${served[$1]:-}" ] || { kill "\${served[$1]}" && wait "\${served[$1]}" || true; }; unset "served[$1]"; }
serve() {
  local url=$1; shift
  stop "$url"
  "$@" > >(sed 's/^/  | /') 2>&1 & served[$url]=$!
  for _ in $(seq 300); do
    kill -0 "\${served[$url]}" || { echo "$* ended"; return 1; }
    command curl --silent --fail --output /dev/null "$url" && return
    sleep 1
  done
  echo "$* did not answer at $url"; return 1
}
trap 'for url in "\${!served[@]}"; do stop "$url"; done' EXIT
`;

/** What a test does otherwise than a reader: a pattern in a line, and what is put in its place. */
export type Difference = readonly [RegExp, string];

/** @param before Lines that are run before those of the page. */
export function pageScript(
  blocks: readonly Block[],
  ports: Ports,
  differences: readonly Difference[] = [],
  before: readonly string[] = [],
): string {
  const parts = blocks.flatMap((block) => {
    const lines = withPorts(commandsOf(block), ports).split('\n');
    const other = lines.map((line) => {
      const changed = differences.reduce((text, [from, to]) => text.replaceAll(from, to), line);
      return inBackground(changed, ports);
    });
    return [`echo "== ${block.document}:${block.line}"`, ...other];
  });
  return [BEFORE, ...before.map((line) => inBackground(line, ports)), ...parts, ''].join('\n');
}
