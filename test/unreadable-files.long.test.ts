// @module-tag long
import { test } from 'vitest'
import { expectNothingHeldUp, KINDS } from './support/unreadable-files.ts'

test.each(KINDS.filter((kind) => kind === 'pipe' || kind === 'device'))(
  'a %s in place of any other file holds nothing up',
  (kind) => expectNothingHeldUp(kind),
)
