// What of Ember and its addons the test needs, as one module.
export { setOwner } from '@ember/owner'
export { default as Jwt } from 'ember-simple-auth-token/authenticators/jwt'
