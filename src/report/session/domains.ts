import type { Domain } from '../../events/index.ts'

/** Every domain, in the order in which reports show them. */
export const DOMAINS: readonly Domain[] = ['llm', 'vlm', 'stt', 'tts', 'sts']

/** Name of the file that holds the results of a domain. */
export function domainFileName(domain: Domain): string {
  return `${domain}.json`
}
