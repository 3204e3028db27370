// The only script on the pages of accounts and sign-in: it adds "Show" to password fields. They work without it.

/**
 * Shows and hides a password, and hides it again before the form is sent, so that no browser stores it as plain text.
 * Constant: nothing from a request may stand in it.
 */
export const revealScript = `for(const b of document.querySelectorAll('[data-reveal]')){const i=document.getElementById(b.dataset.reveal),s=o=>{i.type=o?'text':'password';b.setAttribute('aria-pressed',o);b.firstChild.data=o?'Hide':'Show'};b.hidden=false;b.onclick=()=>{s(i.type=='password');i.focus()};i.form.addEventListener('submit',()=>s(false))}`
