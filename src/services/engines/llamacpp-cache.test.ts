import { expect, test } from 'vitest'
import { olderCache } from './llamacpp.ts'

test("llama.cpp's own downloads lie where each system keeps what can be fetched again", () => {
  const env = { HOME: '/home/ada', USERPROFILE: '/users/ada', LOCALAPPDATA: '/users/ada/local' }
  expect(olderCache(env, 'linux')).toMatch(/^.home.ada.\.cache.llama\.cpp$/)
  expect(olderCache({ ...env, XDG_CACHE_HOME: '/cache' }, 'linux')).toMatch(/^.cache.llama\.cpp$/)
  expect(olderCache(env, 'darwin')).toMatch(/^.home.ada.Library.Caches.llama\.cpp$/)
  expect(olderCache(env, 'win32')).toMatch(/^.users.ada.local.llama\.cpp$/)
  expect(olderCache({ ...env, LLAMA_CACHE: '/mine' }, 'win32')).toBe('/mine')
})
