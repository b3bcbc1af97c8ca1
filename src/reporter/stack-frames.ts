import { relative, resolve } from 'node:path'
import { ownPath } from '../host/entry.ts'
import { fileURLToPath } from 'node:url'

/** A frame as Vitest parses it. */
export interface StackFrame {
  file: string
  line: number
  column: number
  method: string
}

/** Frames of this package lead nowhere that an author can mend. */
const OWN_FOLDER = resolve(ownPath(import.meta.url, '.')).replaceAll('\\', '/')
/** Frames of Node and of the test runner. */
const FOREIGN = /^node:|[\\/]node_modules[\\/](vitest|@vitest|chai)[\\/]/
const FRAME =
  /^\s*at (?:async )?(?:(?<method>.+?) \()?(?:async )?(?<file>\S.*?):(?<line>\d+):(?<column>\d+)\)?$/

/** Reads a stack as Node writes it: the frames that Vitest would show. */
export function readFrames(stack: string): StackFrame[] {
  return stack.split('\n').flatMap((text) => {
    const { method = '', file, line, column } = FRAME.exec(text)?.groups ?? {}
    if (file === undefined || FOREIGN.test(file)) return []
    const path = pathOf(file)
    return [
      { method, file: path.replaceAll('\\', '/'), line: Number(line), column: Number(column) },
    ]
  })
}

function pathOf(file: string): string {
  try {
    return file.startsWith('file:') ? fileURLToPath(file) : file
  } catch {
    // Authors write stacks as well, and not every address is one of a file.
    return file
  }
}

/** Frames as text, one a line, paths from the root; our own only where there are no others. */
export function framesText(frames: readonly StackFrame[], root: string): string {
  const authors = frames.filter(({ file }) => !file.startsWith(OWN_FOLDER))
  const lines = (authors.length > 0 ? authors : frames).map(({ file, line, column, method }) => {
    const place = `${relative(root, file).replaceAll('\\', '/')}:${line}:${column}`
    return method ? `at ${method} (${place})` : `at ${place}`
  })
  return lines.join('\n')
}
