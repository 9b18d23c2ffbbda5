import type { Impersonator, User } from "../provider/provider.js";

/** A longer one is no address but a picture (`data:`), and would fill the cookie. */
const MAX_PICTURE_URL_LENGTH = 1_024;

/**
 * The named fields of a user and nothing else a provider may have added, each a text that can be written: a name cut in
 * the middle of a character must not keep anybody out.
 */
export function plainUser(user: User): User {
  const { id, email, firstName, lastName, profilePictureUrl: picture } = user;
  return {
    id,
    ...(email && { email: email.toWellFormed() }),
    ...(firstName && { firstName: firstName.toWellFormed() }),
    ...(lastName && { lastName: lastName.toWellFormed() }),
    ...(picture && picture.length <= MAX_PICTURE_URL_LENGTH && { profilePictureUrl: picture.toWellFormed() }),
  };
}

export function plainImpersonator({ email, reason }: Impersonator): Impersonator {
  return { email: email.toWellFormed(), ...(reason && { reason: reason.toWellFormed() }) };
}
