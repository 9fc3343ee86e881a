package io.strandline.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessRulesTest {

    private static final Identity CLERK = Identity.of("bob", List.of("clerks"));

    private static boolean may(String rules, Right right, String resource) {
        return AccessRules.parse(rules).may(CLERK, right, ResourcePattern.resource(resource));
    }

    @Test
    void without_a_rule_nothing_is_permitted() {
        for (Right right : Right.values()) {
            assertThat(may("# no rule\n\n", right, "stream:shop/orders")).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "DESCRIBE, DESCRIBE",
        "READ, DESCRIBE READ",
        "READ_UPDATE, DESCRIBE READ READ_UPDATE",
        "OPERATE, DESCRIBE OPERATE",
        "ADMIN, DESCRIBE READ READ_UPDATE OPERATE ADMIN"
    })
    void a_right_includes_these(Right given, String included) {
        List<String> expected = List.of(included.split(" "));
        for (Right needed : Right.values()) {
            assertThat(may("role:clerks " + given + " stream:shop/orders", needed, "stream:shop/orders"))
                    .as("%s for %s", given, needed)
                    .isEqualTo(expected.contains(needed.name()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "role:clerks, true",
        "user:bob, true",
        "*, true",
        "role:bob, false",
        "user:clerks, false",
        "role:clerk, false"
    })
    void a_rule_is_for_these(String subject, boolean isPermitted) {
        assertThat(may(subject + " READ stream:shop/orders", Right.READ, "stream:shop/orders"))
                .isEqualTo(isPermitted);
    }

    @ParameterizedTest
    @CsvSource({
        "*, stream:shop/orders, true",
        "*, log, true",
        "*, stream:_strandline/audit, true",
        "log, log, true",
        "log, scope:shop, false",
        "scope:shop, scope:shop, true",
        "scope:shop, stream:shop/orders, true",
        "scope:shop, group:shop/billing, true",
        "scope:shop, aggregate:shop/account, true",
        "scope:shop, state:shop/prices, true",
        "scope:shop, pipeline:shop, false",
        "scope:shop, scope:shopping, false",
        "scope:shop, stream:shopping/orders, false",
        "scope:*, stream:any/orders, true",
        "scope:*, stream:_strandline/audit, false",
        "scope:*, scope:_strandline, false",
        "scope:_strandline, stream:_strandline/audit, true",
        "scope:_*, stream:_strandline/audit, false",
        "stream:shop/*, stream:shop/orders, true",
        "stream:shop/*, scope:shop, false",
        "stream:shop/*, group:shop/orders, false",
        "stream:shop/o*s, stream:shop/orders, true",
        "stream:shop/o*s, stream:shop/order, false",
        "stream:*/orders, stream:shop/orders, true",
        "stream:*/*, stream:shop/orders, true",
        "stream:*/*, stream:_strandline/audit, false",
        "stream:*/audit, stream:_strandline/audit, false",
        "stream:_strandline/group-*, stream:_strandline/group-4-shop-billing, true",
        "stream:_strandline/group-*, stream:_strandline/audit, false",
        "stream:shop/a.b, stream:shop/axb, false",
        "pipeline:total*, pipeline:totals, true",
        "group:shop/*, group:shop/billing, true",
        "group:shop/*, stream:shop/billing, false"
    })
    void a_pattern_matches_these(String pattern, String resource, boolean matches) {
        assertThat(may("* READ " + pattern, Right.READ, resource)).isEqualTo(matches);
    }

    @Test
    void a_transaction_that_has_written_nothing_needs_the_right_on_some_stream() {
        Resource transaction = new Resource(Resource.Kind.TRANSACTION, "5f");
        assertThat(AccessRules.parse("* READ_UPDATE stream:shop/orders").may(CLERK, Right.READ_UPDATE, transaction))
                .isTrue();
        assertThat(AccessRules.parse("* READ_UPDATE scope:shop").may(CLERK, Right.READ_UPDATE, transaction))
                .isTrue();
        assertThat(AccessRules.parse("* READ stream:shop/orders").may(CLERK, Right.READ_UPDATE, transaction))
                .isFalse();
        assertThat(AccessRules.parse("* READ_UPDATE group:shop/orders").may(CLERK, Right.READ_UPDATE, transaction))
                .isFalse();
    }

    @Test
    void a_name_may_have_spaces() {
        Identity named = Identity.of("CN=Jo Doe,O=Shop", List.of());
        AccessRules rules = AccessRules.parse("user:CN=Jo Doe,O=Shop   READ  stream:shop/*");
        assertThat(rules.may(named, Right.READ, ResourcePattern.resource("stream:shop/orders")))
                .isTrue();
    }

    @Test
    void a_token_does_no_more_than_it_includes_and_than_the_rules_permit() {
        AccessRules rules = AccessRules.parse("user:bob READ_UPDATE scope:shop");
        Identity limited = new Identity(
                "bob",
                new TreeSet<>(),
                Identity.NEVER,
                Optional.of(List.of(Grant.parse("READ stream:shop/orders"), Grant.parse("ADMIN stream:bank/*"))),
                "",
                "");
        Resource orders = ResourcePattern.resource("stream:shop/orders");
        assertThat(rules.may(limited, Right.READ, orders)).isTrue();
        assertThat(rules.may(limited, Right.READ_UPDATE, orders)).isFalse();
        assertThat(rules.may(limited, Right.READ, ResourcePattern.resource("stream:shop/bills")))
                .isFalse();
        assertThat(rules.may(limited, Right.READ, ResourcePattern.resource("stream:bank/accounts")))
                .isFalse();
        assertThat(rules.explain(limited, Right.READ_UPDATE, orders).because()).contains("token");
    }

    @Test
    void a_decision_is_explained() {
        AccessRules rules = AccessRules.parse("# who\nrole:clerks READ stream:shop/*\n");
        assertThat(rules.explain(CLERK, Right.READ, ResourcePattern.resource("stream:shop/orders")))
                .isEqualTo(new Decision(
                        true,
                        "bob needs READ on stream:shop/orders, which is permitted by line 2: role:clerks READ"
                                + " stream:shop/*"));
        assertThat(rules.explain(CLERK, Right.ADMIN, ResourcePattern.resource("stream:shop/orders")))
                .isEqualTo(new Decision(
                        false,
                        "bob needs ADMIN on stream:shop/orders, and no rule permits it to user:bob, its roles [clerks]"
                                + " or *"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "role:clerks READ",
                "clerks READ stream:shop/*",
                "role: READ stream:shop/*",
                "user: READ stream:shop/*",
                "role:clerks WRITE stream:shop/*",
                "role:clerks READ shop/*",
                "role:clerks READ stream:shop",
                "role:clerks READ stream:",
                "role:clerks READ stream:a/b/c",
                "role:clerks READ scope:a/b",
                "role:clerks READ log:x",
                "role:clerks READ partition:7",
                "role:clerks READ stream:a/*********"
            })
    void a_line_that_is_no_rule_is_invalid_with_its_number(String line) {
        assertThatThrownBy(() -> AccessRules.parse("# first\n" + line + "\n"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("line 2");
    }
}
