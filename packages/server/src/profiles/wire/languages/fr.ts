// The sentences in French.
import type { Catalogue } from '../words.ts'

export const fr: Catalogue = {
  'No active account found with the given credentials':
    "Aucun compte actif n'a été trouvé avec les identifiants fournis",
  'No active account found for the given token.': "Aucun compte actif n'a été trouvé pour ce jeton.",
  "The user's password has been changed.": "Le mot de passe de l'utilisateur a été changé.",
  'Token is invalid': "Le jeton n'est pas valide",
  'Token is expired': 'Le jeton a expiré',
  'Token is invalid or expired': "Le jeton n'est pas valide ou a expiré",
  'Token is blacklisted': 'Le jeton a été révoqué',
  'Token has wrong type': "Le jeton n'est pas du bon type",
  'Token has no type': "Le jeton n'indique pas de type",
  'Token has no id': "Le jeton n'a pas d'identifiant",
  "Token has no '{claim}' claim": 'Le jeton ne contient pas la donnée « {claim} »',
  "Token '{claim}' claim has expired": 'La donnée « {claim} » du jeton est périmée',
  'Token contained no recognizable user identification': "Le jeton ne permet d'identifier aucun utilisateur",
  'Given token not valid for any token type': "Le jeton fourni n'est valide pour aucun type de jeton",
  'Authorization header must contain two space-delimited values':
    "L'en-tête d'autorisation doit contenir deux valeurs séparées par un espace",
  'User not found': 'Utilisateur introuvable',
  'User is inactive': "L'utilisateur est désactivé",
  'Authentication credentials were not provided.': "Aucune information d'authentification n'a été fournie.",
  'You do not have permission to perform this action.': "Vous n'avez pas le droit d'effectuer cette action.",
  'Not found.': 'Introuvable.',
  'This field is required.': 'Ce champ est obligatoire.',
  'This field may not be blank.': 'Ce champ ne peut pas être vide.',
  'This field may not be null.': 'Ce champ ne peut pas être nul.',
  'Not a valid string.': "Ce n'est pas une chaîne de caractères valide.",
  'Null characters are not allowed.': 'Les caractères nuls ne sont pas autorisés.',
  'Enter a valid email address.': 'Saisissez une adresse e-mail valide.',
  'Ensure this field has no more than {max_length} characters.':
    'Ce champ ne peut pas dépasser {max_length} caractères.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Données non valides. Un dictionnaire était attendu, mais un élément de type {datatype} a été reçu.',
  'Unsupported media type "{media_type}" in request.':
    "Le type de média « {media_type} » n'est pas pris en charge.",
  'Method "{method}" not allowed.': "La méthode « {method} » n'est pas autorisée.",
  'Could not satisfy the request Accept header.':
    "L'en-tête Accept de la requête ne peut pas être satisfait.",
  'Request was throttled. Expected available in {wait} second.':
    'Trop de requêtes. Réessayez dans {wait} seconde.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Trop de requêtes. Réessayez dans {wait} secondes.',
  'Service temporarily unavailable, try again later.':
    'Service momentanément indisponible, réessayez plus tard.',
}
