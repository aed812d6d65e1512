// Makes the pages better; each works without.
import { Button, CharacterCount, Checkboxes, ErrorSummary, NotificationBanner, Radios, ServiceNavigation, SkipLink, createAll } from 'govuk-frontend'
import { upload } from './upload.mjs'

// one that cannot begin says so, and the others begin all the same
for (const component of [CharacterCount, Checkboxes, ErrorSummary, NotificationBanner, Radios, ServiceNavigation, SkipLink]) createAll(component)
createAll(Button, { preventDoubleClick: true })

// What was typed is kept in this browser tab until it was sent, so that neither a lost session nor a lost network loses it.
const store = {
  read: (key) => {
    try {
      return JSON.parse(sessionStorage.getItem(key) ?? '[]')
    } catch {
      return [] // a browser that keeps nothing
    }
  },
  write: (key, value) => {
    try {
      sessionStorage.setItem(key, JSON.stringify(value))
    } catch {}
  },
  clear: () => {
    try {
      for (const key of Object.keys(sessionStorage)) if (key.startsWith('portal-form ')) sessionStorage.removeItem(key)
    } catch {}
  },
}
const person = document.querySelector('.portal-header__who bdi')?.textContent // of whoever signs in here next nothing is told
const keyOf = (form) => `portal-form ${person} ${location.pathname} ${form.dataset.portalKeep}`
const kept = (field) => field.name && !field.name.startsWith('_') && !['hidden', 'password', 'file', 'submit'].includes(field.type)
if (document.body.dataset.portalSent) store.clear()
document.querySelector('.portal-header form')?.addEventListener('submit', store.clear) // who comes next finds nothing
for (const form of document.querySelectorAll('form[data-portal-keep]')) {
  const fields = () => [...form.elements].filter(kept)
  const before = 'portalFresh' in form.dataset ? [] : store.read(keyOf(form)) // what the server has rearranged is as it says
  for (const [name, type, value] of before) {
    for (const field of fields().filter((f) => f.name === name && f.type === type)) {
      if (type === 'radio' || type === 'checkbox') {
        if (field.value === value && !field.checked) field.click() // what depends on it is shown, too
      } else if (!field.value) {
        field.value = value
      }
    }
  }
  const save = () => {
    const typed = fields().filter((f) => (f.type === 'radio' || f.type === 'checkbox' ? f.checked : f.value))
    store.write(
      keyOf(form),
      typed.map((f) => [f.name, f.type, f.value]),
    )
  }
  form.addEventListener('input', save)
  if ('portalFresh' in form.dataset) save()
}

for (const form of document.querySelectorAll('form[data-portal-upload]')) {
  const key = `${keyOf(form)} file` // beside what was typed
  upload(form, { read: () => store.read(key)[0], write: (value) => store.write(key, value ? [value] : []) })
}

// A part of the page that changes by itself, until it says that it is over.
for (const region of document.querySelectorAll('[data-portal-poll]')) {
  const again = async () => {
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(region.id)
        if (fresh && fresh.innerHTML !== region.innerHTML) region.replaceChildren(...fresh.childNodes)
        if (!fresh || !('portalPoll' in fresh.dataset)) return
      }
    } catch {} // the network is away: later
    setTimeout(again, 5000)
  }
  setTimeout(again, 5000) // of a page that nobody looks at the browser makes it seldom
}
