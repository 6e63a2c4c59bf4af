import { Agent, setGlobalDispatcher } from 'undici';

/**
 * Has each `fetch` of this process open a connection of its own. workerd closes one that was idle for five seconds
 * without a word, and what is being sent on it just then fails: on a busy machine that happens between two requests.
 */
export function useFreshConnections(): void {
  setGlobalDispatcher(new Agent({ pipelining: 0 }));
}
