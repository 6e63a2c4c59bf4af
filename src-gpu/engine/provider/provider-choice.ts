/** What a user asks for; `auto` is CUDA where it works and the CPU elsewhere. */
export const PROVIDER_CHOICES = ['auto', 'cuda', 'cpu'] as const;

export type ProviderChoice = (typeof PROVIDER_CHOICES)[number];
