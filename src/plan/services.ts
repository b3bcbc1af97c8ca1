import type { ServiceSource } from './service-schema.ts'
import type { Readiness, ServiceDefinition } from './types.ts'
import { splitWords } from './words.ts'

/** The services of a plan by name, those of its own before shared ones of the same name. */
export function buildServices(
  own: Record<string, ServiceSource>,
  shared: Record<string, ServiceSource>,
): Record<string, ServiceDefinition> {
  // Without a prototype: a lookup of `constructor` finds nothing.
  const services: Record<string, ServiceDefinition> = Object.create(null)
  for (const [name, source] of Object.entries({ ...shared, ...own })) {
    services[name] = buildService(name, source)
  }
  return services
}

function buildService(name: string, source: ServiceSource): ServiceDefinition {
  const { command, env, ready, role, ...rest } = source
  return {
    ...present(rest),
    name,
    api: source.api,
    ...(role === undefined ? {} : { role: [role].flat() }),
    command: typeof command === 'string' ? wordsOf(command) : command.map(String),
    env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, String(value)])),
    ...(ready === undefined ? {} : { ready: present(ready) satisfies Readiness }),
  }
}

function wordsOf(command: string): string[] {
  const split = splitWords(command)
  return 'words' in split ? split.words : []
}

/** Without the keys whose value is undefined. */
function present<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> }
}
