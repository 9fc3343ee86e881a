package io.strandline.server.impl.security;

import io.strandline.server.security.Identity;
import io.strandline.server.security.UserFile;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/** The identities of certificates, which TLS has checked. */
final class CertificateNames {

    /** What {@link Identity#proof} holds. */
    static final String PROOF = "certificate";

    private CertificateNames() {}

    /**
     * The common name of the subject, or the whole subject if it has none or several. Null if that is no name.
     *
     * @param users has the roles of names
     */
    static @Nullable Identity identity(X509Certificate certificate, UserFile users) {
        String name = name(certificate.getSubjectX500Principal().getName());
        if (name.isEmpty() || name.length() > Identity.MAX_NAME_CHARACTERS || name.equals(Identity.ANONYMOUS.name())) {
            return null;
        }
        return new Identity(
                name,
                roles(name, users),
                certificate.getNotAfter().toInstant().toEpochMilli(),
                Optional.empty(),
                PROOF,
                "");
    }

    private static SortedSet<String> roles(String name, UserFile users) {
        UserFile.User user = users.users().get(name);
        return user == null ? Collections.emptySortedSet() : user.roles();
    }

    /** True if the identity still has the roles that the file has for it. */
    static boolean isCurrent(Identity identity, UserFile now) {
        return roles(identity.name(), now).equals(identity.roles());
    }

    static String name(String subject) {
        try {
            List<String> common = new LdapName(subject)
                    .getRdns().stream()
                            .filter(part -> part.getType().equalsIgnoreCase("CN"))
                            .map(Rdn::getValue)
                            .map(String::valueOf)
                            .toList();
            return common.size() == 1 ? common.get(0) : subject;
        } catch (InvalidNameException e) {
            return subject;
        }
    }
}
