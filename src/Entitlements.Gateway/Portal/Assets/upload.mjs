// Sends a file in slices, so that a lost network, a reload or a new sign-in costs no byte twice. Without it the form is sent as a whole.
const patience = [1, 2, 4, 8, 15, 30] // seconds
const again = [400, 408, 409, 429, 503] // the bytes broke off, another tab writes, or not now
const [least, first, most] = [256 * 1024, 1024 * 1024, 16 * 1024 * 1024] // bytes of a slice

export const upload = (form, memory) => {
  const { portalUpload: next, portalTenant: tenant, portalSize: unit } = form.dataset
  const say = form.dataset // the words, in the page's language
  const part = (name) => form.querySelector(`[data-portal-part=${name}]`)
  const [file, bar, bytes, spoken, pause, cancel, progress, send] = ['file', 'bar', 'bytes', 'spoken', 'pause', 'cancel', 'progress', 'send'].map(part)
  const token = form.querySelector('[name=__RequestVerificationToken]').value
  const ask = (method, path, more = {}) =>
    fetch(`/uploads${path}`, { method, ...more, headers: { 'x-portal-request': token, accept: 'application/json', ...more.headers } })
  let [state, id, stop, told] = ['idle', null, null, -1]

  const show = (offset, size) => {
    const percent = Math.floor((100 * offset) / size)
    bar.value = percent
    bytes.textContent = say.portalBytes.replace('%{done}', mega(offset)).replace('%{all}', mega(size)).replace('%{percent}', percent)
    if (Math.floor(percent / 10) !== told) {
      told = Math.floor(percent / 10)
      spoken.textContent = bytes.textContent // not each slice is read out
    }
  }
  const mega = (n) => `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} ${unit}`
  const tell = (text) => {
    spoken.textContent = bytes.textContent = text
  }
  const stand = (now) => {
    state = now
    progress.hidden = now === 'idle'
    send.hidden = file.disabled = now !== 'idle'
    pause.textContent = now === 'paused' ? say.portalGoOn : say.portalPause
  }
  const forget = () => memory.write(null)
  const fail = (status) => {
    stand('paused')
    if (status === 401) return tell(say.portalSignIn)
    if (status < 500 && status !== 409 && status !== 429) forget()
    tell(say[`portalStatus${status}`] ?? say.portalStatus)
  }
  const wait = (seconds) =>
    new Promise((done) => {
      const wake = () => {
        clearTimeout(timer)
        removeEventListener('online', wake)
        done()
      }
      const timer = setTimeout(wake, seconds * 1000)
      addEventListener('online', wake)
    })
  const offsetOf = (answer) => Number(answer.headers.get('upload-offset') ?? 0)

  const open = async (chosen) => {
    const before = memory.read()
    if (before?.name === chosen.name && before.size === chosen.size && before.modified === chosen.lastModified) {
      const found = await ask('HEAD', `/${before.id}`)
      if (found.ok) return [before.id, offsetOf(found)]
      if (found.status !== 404) throw found.status
    }
    const made = await ask('POST', '', { body: JSON.stringify({ size: chosen.size, tenant }), headers: { 'content-type': 'application/json' } })
    if (!made.ok) throw made.status
    const fresh = (await made.json()).id
    memory.write({ id: fresh, name: chosen.name, size: chosen.size, modified: chosen.lastModified })
    return [fresh, 0]
  }

  const run = async () => {
    const chosen = file.files[0]
    let [slice, misses, offset] = [first, 0, null]
    stand('running')
    stop = new AbortController()
    while (state === 'running') {
      try {
        if (offset === null) [id, offset] = await open(chosen)
        show(offset, chosen.size)
        if (offset >= chosen.size) break
        const end = Math.min(offset + slice, chosen.size)
        const began = performance.now()
        const answer = await ask('PUT', `/${id}`, {
          body: chosen.slice(offset, end),
          signal: stop.signal,
          headers: { 'content-type': 'application/octet-stream', 'content-range': `bytes ${offset}-${end - 1}/${chosen.size}` },
        })
        if (!answer.ok && (!again.includes(answer.status) || misses > 8)) throw answer.status
        if (answer.ok) [offset, misses] = [offsetOf(answer), 0]
        else {
          offset = null
          await wait(patience[Math.min(misses++, 5)])
        }
        const took = performance.now() - began
        slice = Math.min(most, Math.max(least, took < 1000 ? slice * 2 : took > 4000 ? slice / 2 : slice))
      } catch (fault) {
        if (state !== 'running') return
        if (typeof fault === 'number') return fail(fault)
        tell(say.portalAway) // the network
        offset = null
        await wait(patience[Math.min(misses++, 5)])
      }
    }
    if (state !== 'running') return
    tell(say.portalReading)
    pause.hidden = cancel.hidden = true
    try {
      await ask('POST', `/${id}/reading`)
    } catch {} // the page asks again
    forget()
    location.assign(`${next}?upload=${encodeURIComponent(id)}&name=${encodeURIComponent(chosen.name)}`)
  }

  form.addEventListener('submit', (event) => {
    if (!file.files.length) return // the server says what is missing
    event.preventDefault()
    run()
  })
  pause.addEventListener('click', () => {
    if (state === 'paused') return run()
    stand('paused')
    stop.abort()
    tell(say.portalPaused)
  })
  cancel.addEventListener('click', async () => {
    stand('idle')
    stop?.abort()
    forget()
    file.value = ''
    file.focus()
    if (id) await ask('DELETE', `/${id}`).catch(() => {})
    id = null
  })
  if (memory.read()) part('before').hidden = false
}
