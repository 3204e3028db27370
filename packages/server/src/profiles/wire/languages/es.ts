// The sentences in Spanish.
import type { Catalogue } from '../words.ts'

export const es: Catalogue = {
  'No active account found with the given credentials':
    'No hay ninguna cuenta activa con las credenciales indicadas',
  'No active account found for the given token.': 'No hay ninguna cuenta activa para el token indicado.',
  "The user's password has been changed.": 'La contraseña del usuario ha cambiado.',
  'Token is invalid': 'El token no es válido',
  'Token is expired': 'El token ha caducado',
  'Token is invalid or expired': 'El token no es válido o ha caducado',
  'Token is blacklisted': 'El token está bloqueado',
  'Token has wrong type': 'El token es de un tipo incorrecto',
  'Token has no type': 'El token no indica su tipo',
  'Token has no id': 'El token no tiene identificador',
  "Token has no '{claim}' claim": 'Al token le falta el dato «{claim}»',
  "Token '{claim}' claim has expired": 'El dato «{claim}» del token ha caducado',
  'Token contained no recognizable user identification': 'El token no identifica a ningún usuario',
  'Given token not valid for any token type': 'El token indicado no es válido para ningún tipo de token',
  'Authorization header must contain two space-delimited values':
    'La cabecera de autorización debe contener dos valores separados por un espacio',
  'User not found': 'Usuario no encontrado',
  'User is inactive': 'El usuario está inactivo',
  'Authentication credentials were not provided.': 'No se han enviado las credenciales de autenticación.',
  'You do not have permission to perform this action.': 'No tiene permiso para realizar esta acción.',
  'Not found.': 'No encontrado.',
  'This field is required.': 'Este campo es obligatorio.',
  'This field may not be blank.': 'Este campo no puede estar vacío.',
  'This field may not be null.': 'Este campo no puede ser nulo.',
  'Not a valid string.': 'No es una cadena de texto válida.',
  'Null characters are not allowed.': 'No se permiten caracteres nulos.',
  'Enter a valid email address.': 'Introduzca una dirección de correo electrónico válida.',
  'Ensure this field has no more than {max_length} characters.':
    'Este campo no puede tener más de {max_length} caracteres.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Datos no válidos. Se esperaba un diccionario, pero llegó {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'La petición tiene un tipo de contenido no admitido: «{media_type}».',
  'Method "{method}" not allowed.': 'El método «{method}» no está permitido.',
  'Could not satisfy the request Accept header.': 'No se puede satisfacer la cabecera Accept de la petición.',
  'Request was throttled. Expected available in {wait} second.':
    'Demasiadas peticiones. Vuelva a intentarlo en {wait} segundo.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Demasiadas peticiones. Vuelva a intentarlo en {wait} segundos.',
  'Service temporarily unavailable, try again later.':
    'El servicio no está disponible por el momento, inténtelo más tarde.',
}
