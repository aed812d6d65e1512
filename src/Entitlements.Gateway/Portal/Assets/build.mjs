// Builds what browsers are sent into ./built, or into the folder that is given. The same input gives the same bytes.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import * as sass from 'sass'

const here = import.meta.dirname
const out = process.argv[2] ?? join(here, 'built')
mkdirSync(out, { recursive: true })

const css = sass.compile(join(here, 'portal.scss'), {
  style: 'compressed',
  loadPaths: [here, join(here, 'node_modules')],
  quietDeps: true,
  charset: false,
}).css
// rules for what no page has, with a picture that would be missing; then once more: rules that say the same are put together
const used = css.replace(/[^{}]*moj-timeline__document[^{}]*\{[^{}]*\}/g, '')
const lean = await esbuild.transform(used, { loader: 'css', minify: true, target: ['chrome109', 'firefox115', 'safari16'], charset: 'utf8' })
const script = await esbuild.build({
  entryPoints: [join(here, 'portal.mjs')],
  bundle: true,
  format: 'esm',
  minify: true,
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  write: false,
})

const files = {
  'portal.css': Buffer.from(lean.code),
  'portal.js': Buffer.from(script.outputFiles[0].contents),
  'favicon.svg': readFileSync(join(here, 'favicon.svg')),
}
for (const [name, bytes] of Object.entries(files)) {
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })
  const gzip = gzipSync(bytes, { level: 9 })
  writeFileSync(join(out, name), bytes)
  writeFileSync(join(out, `${name}.br`), brotli)
  writeFileSync(join(out, `${name}.gz`), gzip)
  console.log(`${name}: ${bytes.length} bytes, ${gzip.length} by gzip, ${brotli.length} by brotli`)
}
