import { own } from '../host/own.ts'
import { quote, type TextFault } from './mistakes.ts'

/** A text with its references filled in; a reference with a fault stays as it stands. */
export interface Interpolated {
  text: string
  faults: TextFault[]
  /** What was filled in from the environment. */
  taken: { name: string; value: string; fallback: string | undefined }[]
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g
const NAME_AND_DEFAULT = /^([A-Za-z_]\w*)(?::-(.*))?$/s

/**
 * Fills in `${NAME}` and `${NAME:-default}` from the environment; the default also replaces an empty value,
 * as in a shell. `$${` stands for a literal `${`.
 */
export function interpolate(text: string, env: NodeJS.ProcessEnv): Interpolated {
  const faults: TextFault[] = []
  const taken: Interpolated['taken'] = []
  const filled = text.replaceAll(
    REFERENCE,
    (reference: string, inner: string | undefined, close: string | undefined, from: number) => {
      if (inner === undefined) return '${'
      const result = resolve(inner, close === '}', env)
      if ('value' in result) {
        if (result.name !== null) taken.push({ ...result, name: result.name })
        return result.value
      }
      faults.push({ ...result, from, to: from + reference.length })
      return reference
    },
  )
  return { text: filled, faults, taken }
}

function resolve(
  inner: string,
  closed: boolean,
  env: NodeJS.ProcessEnv,
):
  | { name: string | null; value: string; fallback: string | undefined }
  | Omit<TextFault, 'from' | 'to'> {
  const [, name, fallback] = NAME_AND_DEFAULT.exec(inner) ?? []
  if (!closed || name === undefined || fallback?.includes('${')) {
    return {
      message: `${quote(`\${${inner}${closed ? '}' : ''}`)} is not a reference to a variable`,
      expected: '${NAME} or ${NAME:-default}, not nested; $${ stands for a literal ${',
    }
  }
  const value: unknown = own(env, name)
  if (typeof value === 'string' && (value !== '' || fallback === undefined)) {
    return { name, value, fallback }
  }
  if (fallback !== undefined) return { name: null, value: fallback, fallback }
  return {
    message: `the environment variable ${name} is not set`,
    expected: `export ${name}=value ($env:${name} = 'value' in PowerShell) before the run, or a default: \${${name}:-value}`,
  }
}
