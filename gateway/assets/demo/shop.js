// The basket counts, and remembers its count on this tab's other pages. The chat is in snippet.js.
const count = document.getElementById('count')
const cart = document.getElementById('cart')

function show(pieces) {
  count.textContent = String(pieces)
  cart.setAttribute('aria-label', `Basket, ${pieces} ${pieces === 1 ? 'piece' : 'pieces'}`)
}

let pieces = Number(sessionStorage.getItem('basket')) || 0
show(pieces)

for (const button of document.querySelectorAll('button[data-product]')) {
  button.addEventListener('click', () => {
    pieces += 1
    sessionStorage.setItem('basket', String(pieces))
    show(pieces)
  })
}

// A question about an order is best asked in person.
cart.addEventListener('click', () => window.chatdesk('open'))
