/** Language, vision, speech-to-text, text-to-speech, speech-to-speech; in the order in which reports show them. */
export const KNOWN_DOMAINS = ['llm', 'vlm', 'stt', 'tts', 'sts'] as const
export type KnownDomain = (typeof KNOWN_DOMAINS)[number]

/** How a domain is written: its name is that of a folder, of a file and of a sheet. */
export const DOMAIN_FORM: RegExp = /^[a-z][a-z0-9_-]*$/

/** What a plan exercises: one of the five that jarvis knows, or whatever a plan calls its own. */
export type Domain = string

/** Whether jarvis knows what the domain is about. */
export function isKnownDomain(name: string): name is KnownDomain {
  return (KNOWN_DOMAINS as readonly string[]).includes(name)
}

/** The same names, each once: first the known ones in their order, then the others as they come. */
export function inDomainOrder(names: Iterable<Domain>): Domain[] {
  const given = new Set(names)
  const known = KNOWN_DOMAINS.filter((name) => given.delete(name))
  return [...known, ...given]
}
