import { quote, type TextFault } from './mistakes.ts'

/** A text with its references filled in; a reference with a fault stays as it stands. */
export interface Interpolated {
  text: string
  faults: TextFault[]
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g
const NAME_AND_DEFAULT = /^([A-Za-z_]\w*)(?::-(.*))?$/s

/**
 * Fills in `${NAME}` and `${NAME:-default}` from the environment; the default also replaces an empty value,
 * as in a shell. `$${` stands for a literal `${`.
 */
export function interpolate(text: string, env: NodeJS.ProcessEnv): Interpolated {
  const faults: TextFault[] = []
  const filled = text.replaceAll(
    REFERENCE,
    (reference: string, inner: string | undefined, close: string | undefined, from: number) => {
      if (inner === undefined) return '${'
      const result = resolve(inner, close === '}', env)
      if (typeof result === 'string') return result
      faults.push({ ...result, from, to: from + reference.length })
      return reference
    },
  )
  return { text: filled, faults }
}

function resolve(
  inner: string,
  closed: boolean,
  env: NodeJS.ProcessEnv,
): string | Omit<TextFault, 'from' | 'to'> {
  const [, name, fallback] = NAME_AND_DEFAULT.exec(inner) ?? []
  if (!closed || name === undefined || fallback?.includes('${')) {
    return {
      message: `${quote(`\${${inner}${closed ? '}' : ''}`)} is not a reference to a variable`,
      expected: '${NAME} or ${NAME:-default}, not nested; $${ stands for a literal ${',
    }
  }
  const value: unknown = env[name]
  if (typeof value === 'string' && (value !== '' || fallback === undefined)) return value
  if (fallback !== undefined) return fallback
  return {
    message: `the environment variable ${name} is not set`,
    expected: `export ${name}=value ($env:${name} = 'value' in PowerShell) before the run, or a default: \${${name}:-value}`,
  }
}
