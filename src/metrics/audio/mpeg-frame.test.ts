import { expect, test } from 'vitest'
import { mpegFrame } from './mpeg-frame.ts'

/** A header, and room for what stands beside it. */
function frame(...header: number[]): Uint8Array {
  return Uint8Array.from([...header, ...Array.from({ length: 60 }, () => 0)])
}

// ISO/IEC 11172-3, 2.4.3.1: 144 × bits a second / samples a second, rounded down, and one more where it is padded.
test.each([
  ['MPEG-1, 128 kbit/s, 44.1 kHz', [0xff, 0xfb, 0x90, 0x00], 417],
  ['the same, padded', [0xff, 0xfb, 0x92, 0x00], 418],
  ['MPEG-1, 320 kbit/s, 48 kHz', [0xff, 0xfb, 0xe4, 0x00], 960],
  ['MPEG-1, 64 kbit/s, 32 kHz, padded, mono', [0xff, 0xfb, 0x5a, 0xc0], 289],
  ['MPEG-2, 64 kbit/s, 22.05 kHz', [0xff, 0xf3, 0x80, 0x00], 208],
  ['MPEG-2, 64 kbit/s, 22.05 kHz, padded', [0xff, 0xf3, 0x82, 0x00], 209],
  ['MPEG-2.5, 32 kbit/s, 8 kHz', [0xff, 0xe3, 0x48, 0x00], 288],
])('a frame of %s', (_, header, length) => {
  expect(mpegFrame(frame(...header), 0)).toEqual({ length, isInfo: false })
})

test.each([
  ['no sync word', [0xfe, 0xfb, 0x90, 0x00]],
  ['the reserved version', [0xff, 0xeb, 0x90, 0x00]],
  ['layer II', [0xff, 0xfd, 0x90, 0x00]],
  ['the forbidden bit rate', [0xff, 0xfb, 0xf0, 0x00]],
  ['a free format', [0xff, 0xfb, 0x00, 0x00]],
  ['the reserved rate of samples', [0xff, 0xfb, 0x9c, 0x00]],
])('%s is no frame', (_, header) => {
  expect(mpegFrame(frame(...header), 0)).toBeNull()
})
