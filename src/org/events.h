/* org/events.h: every type of event that the product writes into its log (access-requests.md 9,
 * workflows.md 18, api.md 11 to 20). Columns: number, type, severity, what it says to people.
 *
 * Rows of the log hold the number, so a number is never given to another type; new types go to the
 * end of their block. A type that is missing here cannot be written (RV_BUG). */
#pragma once
/* clang-format off */
#define RV_EVENT_TABLE(X)                                                                            \
    /* requests */                                                                                   \
    X(1,   "access.request.create", INFO, "Access request created")                                  \
    X(2,   "access.request.update", INFO, "Access request updated")                                  \
    X(3,   "access.request.resolve", INFO, "Access request resolved")                                \
    X(4,   "access.request.cancel", INFO, "Access request canceled")                                 \
    X(5,   "access.request.reject", INFO, "Access request rejected")                                 \
    X(6,   "access.request.expire", INFO, "Access request expired")                                  \
    X(7,   "access.request.condition.create", INFO, "Access request condition created")              \
    X(8,   "access.request.condition.update", INFO, "Access request condition updated")              \
    X(9,   "access.request.condition.delete", INFO, "Access request condition deleted")              \
    X(10,  "access.request.condition.activate", INFO, "Access request condition activated")          \
    X(11,  "access.request.condition.deactivate", INFO, "Access request condition deactivated")      \
    X(12,  "access.request.condition.invalidate", WARN, "Access request condition invalidated")      \
    X(13,  "access.request.sequence.create", INFO, "Access request sequence created")                \
    X(14,  "access.request.sequence.update", INFO, "Access request sequence updated")                \
    X(15,  "access.request.sequence.delete", INFO, "Access request sequence deleted")                \
    X(16,  "access.request.settings.update", INFO, "Access request settings updated")                \
    X(17,  "governance.settings.update", INFO, "Governance settings updated")                        \
    X(18,  "governance.principal.settings.update", INFO, "Governance settings of a person updated")  \
    X(20,  "reeve.request_type.create", INFO, "Request type created")                                \
    X(21,  "reeve.request_type.update", INFO, "Request type updated")                                \
    X(22,  "reeve.request_type.publish", INFO, "Request type published")                             \
    X(23,  "reeve.request_type.unpublish", INFO, "Request type unpublished")                         \
    X(24,  "reeve.request_type.disable", WARN, "Request type disabled")                              \
    X(25,  "reeve.request_type.delete", INFO, "Request type deleted")                                \
    X(26,  "reeve.team.create", INFO, "Team created")                                                \
    X(27,  "reeve.team.update", INFO, "Team updated")                                                \
    X(28,  "reeve.team.delete", INFO, "Team deleted")                                                \
    X(29,  "reeve.config_list.create", INFO, "Configuration list created")                           \
    X(30,  "reeve.config_list.update", INFO, "Configuration list updated")                           \
    X(31,  "reeve.config_list.delete", INFO, "Configuration list deleted")                           \
    X(32,  "reeve.integration.update", INFO, "Integration updated")                                  \
    X(33,  "reeve.task.approve", INFO, "Task approved")                                              \
    X(34,  "reeve.task.deny", INFO, "Task denied")                                                   \
    X(35,  "reeve.task.complete", INFO, "Task completed")                                            \
    X(36,  "reeve.task.reassign", INFO, "Task reassigned")                                           \
    X(37,  "reeve.task.escalate", INFO, "Task escalated")                                            \
    X(38,  "reeve.action.run", INFO, "Action of a request ran")                                      \
    X(39,  "reeve.action.fail", WARN, "Action of a request failed")                                  \
    X(40,  "reeve.sync.finish", INFO, "Synchronisation finished")                                    \
    X(41,  "reeve.resource_type.update", INFO, "Access to a resource type updated")                  \
    X(42,  "reeve.request.message", INFO, "Message written to a request")                            \
    X(43,  "reeve.sync.start", INFO, "Synchronisation started")                                      \
    /* the server */                                                                                 \
    X(60,  "reeve.settings.update", INFO, "Settings updated")                                        \
    X(61,  "reeve.mail.fail", WARN, "Mail could not be delivered")                                   \
    X(62,  "reeve.mail.delete", INFO, "Captured mail deleted")                                       \
    X(63,  "reeve.setup_link.create", INFO, "Set-up link created")                                   \
    X(64,  "reeve.access.refuse", WARN, "Action refused")                                            \
    X(65,  "reeve.sample.create", INFO, "Sample organisation created")                               \
    X(66,  "reeve.sample.delete", INFO, "Sample organisation removed")                               \
    X(67,  "reeve.connection.update", INFO, "Connection updated")                                    \
    X(68,  "reeve.connection.test", INFO, "Connection tested")                                       \
    X(69,  "reeve.preferences.update", INFO, "Preferences updated")                                  \
    X(70,  "reeve.mail.test", INFO, "Test mail sent")                                                \
    X(71,  "reeve.keys.rotate", INFO, "Secrets sealed with a new key")                               \
    /* flows */                                                                                      \
    X(100, "workflows.user.delegatedflow.run", INFO, "Delegated flow run")                           \
    X(101, "workflows.user.flow.create", INFO, "Flow created")                                       \
    X(102, "workflows.user.flow.save", INFO, "Flow saved")                                           \
    X(103, "workflows.user.flow.delete", INFO, "Flow deleted")                                       \
    X(104, "workflows.user.flow.activate", INFO, "Flow activated")                                   \
    X(105, "workflows.user.flow.deactivate", INFO, "Flow deactivated")                               \
    X(106, "workflows.user.flow.move", INFO, "Flow moved")                                           \
    X(107, "workflows.user.flow.view", INFO, "Flow viewed")                                          \
    X(108, "workflows.user.flow.import", INFO, "Flow imported")                                      \
    X(109, "workflows.user.flow.export", INFO, "Flow exported")                                      \
    X(110, "workflows.user.flow.version.update", INFO, "Version of a flow updated")                  \
    X(111, "workflows.user.flow.version.revert", INFO, "Flow reverted to an earlier version")        \
    X(112, "workflows.user.flow.execution.cancel", INFO, "Execution of a flow canceled")             \
    X(113, "workflows.user.flow.execution_history.activate", INFO, "Saving of execution history activated") \
    X(114, "workflows.user.flow.execution_history.deactivate", INFO, "Saving of execution history deactivated") \
    X(115, "workflows.user.flow.execution_history.delete", INFO, "Execution history deleted")        \
    X(116, "workflows.user.flow.execution_log_stream.activate", INFO, "Log stream of a flow activated") \
    X(117, "workflows.user.flow.execution_log_stream.deactivate", INFO, "Log stream of a flow deactivated") \
    X(118, "workflows.user.folder.create", INFO, "Folder created")                                   \
    X(119, "workflows.user.folder.rename", INFO, "Folder renamed")                                   \
    X(120, "workflows.user.folder.move", INFO, "Folder moved")                                       \
    X(121, "workflows.user.folder.delete", INFO, "Folder deleted")                                   \
    X(122, "workflows.user.folder.duplicate", INFO, "Folder duplicated")                             \
    X(123, "workflows.user.folder.import", INFO, "Folder imported")                                  \
    X(124, "workflows.user.folder.export", INFO, "Folder exported")                                  \
    X(125, "workflows.user.connection.create", INFO, "Connection created")                           \
    X(126, "workflows.user.connection.delete", INFO, "Connection deleted")                           \
    X(127, "workflows.user.connection.reauthorize", INFO, "Connection authorised again")             \
    X(128, "workflows.user.connection.revoke", INFO, "Connection revoked")                           \
    X(129, "workflows.user.table.create", INFO, "Table created")                                     \
    X(130, "workflows.user.table.update", INFO, "Table updated")                                     \
    X(131, "workflows.user.table.delete", INFO, "Table deleted")                                     \
    X(132, "workflows.user.table.move", INFO, "Table moved")                                         \
    X(133, "workflows.user.table.view", INFO, "Table viewed")                                        \
    X(134, "workflows.user.table.import", INFO, "Rows imported into a table")                        \
    X(135, "workflows.user.table.export", INFO, "Rows of a table exported")                          \
    X(136, "workflows.user.table.schema.import", INFO, "Columns of a table imported")                \
    X(137, "workflows.user.table.schema.export", INFO, "Columns of a table exported")                \
    X(138, "workflows.user.role.user.add", INFO, "Person given a role in flows")                     \
    X(139, "workflows.user.role.user.remove", INFO, "Role in flows taken from a person")             \
    X(140, "workflows.user.role.group.add", INFO, "Group given a role in flows")                     \
    X(141, "workflows.user.role.group.remove", INFO, "Role in flows taken from a group")             \
    X(142, "workflows.user.execution_log_stream_connection.activate", INFO, "Log stream activated")     \
    X(143, "workflows.user.execution_log_stream_connection.deactivate", INFO, "Log stream deactivated") \
    X(144, "workflows.user.execution_log_stream_connection.update", INFO, "Log stream updated")         \
    X(145, "workflows.user.truststore.create", INFO, "Certificate added to the trust store")         \
    X(146, "workflows.user.truststore.update", INFO, "Certificate of the trust store updated")       \
    X(147, "workflows.user.truststore.view", INFO, "Certificate of the trust store viewed")          \
    X(148, "workflows.user.truststore.delete", INFO, "Certificate deleted from the trust store")     \
    X(149, "workflows.org.step_execution_limit.warning", WARN, "A run has executed most of the cards it may execute") \
    X(150, "workflows.org.step_execution_limit.violation", WARN, "A run was ended because it executed too many cards") \
    X(170, "reeve.run.uncertain", WARN, "Nobody knows whether an effect of a run happened")          \
    X(171, "reeve.run.resend", INFO, "Uncertain effect of a run sent again")                         \
    X(172, "reeve.run.mark_done", INFO, "Uncertain effect of a run marked as done")                  \
    X(173, "reeve.run.replay", INFO, "Run started again with its recorded inputs")                   \
    /* people */                                                                                     \
    X(200, "user.lifecycle.create", INFO, "Create Okta user")                                        \
    X(201, "user.lifecycle.activate", INFO, "Activate Okta user")                                    \
    X(202, "user.lifecycle.deactivate", INFO, "Deactivate Okta user")                                \
    X(203, "user.lifecycle.reactivate", INFO, "Reactivate Okta user")                                \
    X(204, "user.lifecycle.suspend", INFO, "Suspend Okta user")                                      \
    X(205, "user.lifecycle.unsuspend", INFO, "Unsuspend Okta user")                                  \
    X(206, "user.lifecycle.delete.initiated", INFO, "Delete Okta user initiated")                    \
    X(207, "user.lifecycle.delete.completed", INFO, "Delete Okta user completed")                    \
    X(208, "user.account.update_profile", INFO, "Update user profile for Okta")                      \
    X(209, "user.account.update_password", INFO, "User update password for Okta")                    \
    X(210, "user.account.reset_password", INFO, "Reset password for Okta user")                      \
    X(211, "user.account.expire_password", INFO, "Expire password for Okta user")                    \
    X(212, "user.account.lock", WARN, "Max sign in attempts exceeded")                               \
    X(213, "user.account.unlock", INFO, "User account unlock")                                       \
    X(214, "user.account.unlock_by_admin", INFO, "Unlock user account by admin")                     \
    X(215, "user.account.update_user_type", INFO, "Update user type")                                \
    X(216, "user.account.privilege.grant", INFO, "Grant user privilege")                             \
    X(217, "user.account.privilege.revoke", INFO, "Revoke user privilege")                           \
    X(218, "user.account.use_token", INFO, "Use of a single-use token")                              \
    X(219, "user.session.start", INFO, "User login to Okta")                                         \
    X(220, "user.session.end", INFO, "User logout from Okta")                                        \
    X(221, "user.session.clear", INFO, "Clear user session")                                         \
    X(222, "user.session.expire", INFO, "Expire user session")                                       \
    X(223, "user.authentication.verify", INFO, "Verify user identity")                               \
    X(224, "user.authentication.auth", INFO, "Authenticate user")                                    \
    X(225, "user.authentication.sso", INFO, "User single sign on to app")                            \
    X(226, "user.account.preference_update", INFO, "Update of a person's preferences")               \
    X(227, "user.mfa.factor.reset_all", INFO, "Reset all factors for user")                          \
    /* groups, applications, organisation */                                                         \
    X(240, "group.lifecycle.create", INFO, "Okta group create")                                      \
    X(241, "group.lifecycle.delete", INFO, "Okta group delete")                                      \
    X(242, "group.profile.update", INFO, "Okta group profile updated")                               \
    X(243, "group.user_membership.add", INFO, "Add user to group membership")                        \
    X(244, "group.user_membership.remove", INFO, "Remove user from group membership")                \
    X(245, "group.privilege.grant", INFO, "Grant group privilege")                                   \
    X(246, "group.privilege.revoke", INFO, "Revoke group privilege")                                 \
    X(247, "group.application_assignment.add", INFO, "Assign a group to an application")             \
    X(248, "group.application_assignment.remove", INFO, "Remove a group from an application")        \
    X(249, "group.application_assignment.update", INFO, "Update a group's assignment to an application") \
    X(260, "application.lifecycle.create", INFO, "Create application")                               \
    X(261, "application.lifecycle.update", INFO, "Update application")                               \
    X(262, "application.lifecycle.activate", INFO, "Activate application")                           \
    X(263, "application.lifecycle.deactivate", INFO, "Deactivate application")                       \
    X(264, "application.lifecycle.delete", INFO, "Delete application")                               \
    X(265, "application.user_membership.add", INFO, "Add user to application membership")            \
    X(266, "application.user_membership.remove", INFO, "Remove user's application membership")       \
    X(267, "application.user_membership.update", INFO, "Update user's application membership")       \
    X(268, "app.oauth2.client.lifecycle.create", INFO, "Create OAuth client")                        \
    X(269, "app.oauth2.client.lifecycle.update", INFO, "Update OAuth client")                        \
    X(270, "app.oauth2.client.lifecycle.activate", INFO, "Activate OAuth client")                    \
    X(271, "app.oauth2.client.lifecycle.deactivate", INFO, "Deactivate OAuth client")                \
    X(272, "app.oauth2.client.lifecycle.delete", INFO, "Delete OAuth client")                        \
    X(273, "app.oauth2.client.privilege.grant", INFO, "Grant OAuth client privilege")                \
    X(274, "app.oauth2.client.privilege.revoke", INFO, "Revoke OAuth client privilege")              \
    X(275, "app.oauth2.client.read_client_secret", INFO, "Read client secret")                       \
    X(276, "app.oauth2.admin.consent.grant", INFO, "Grant consent for a scope")                      \
    X(277, "app.oauth2.admin.consent.revoke", INFO, "Revoke consent for a scope")                    \
    X(278, "app.oauth2.token.grant.access_token", INFO, "OAuth access token granted")                \
    X(279, "app.oauth2.token.grant", INFO, "OAuth token granted")                                    \
    X(280, "app.oauth2.token.revoke", INFO, "OAuth token revoked")                                   \
    X(281, "app.oauth2.key.rollover", INFO, "OAuth signing key changed")                             \
    X(300, "system.feature.enable", INFO, "Enable feature")                                          \
    X(301, "system.feature.disable", INFO, "Disable feature")                                        \
    X(302, "system.api_token.create", INFO, "Create API token")                                      \
    X(303, "system.api_token.update", INFO, "Update API token")                                      \
    X(304, "system.api_token.revoke", INFO, "Revoke API token")                                      \
    X(305, "system.org.rate_limit.violation", WARN, "Rate limit violation")                          \
    X(306, "system.org.rate_limit.warning", WARN, "Rate limit warning")                              \
    X(320, "iam.role.create", INFO, "Create custom role")                                            \
    X(321, "iam.role.update", INFO, "Update custom role")                                            \
    X(322, "iam.role.delete", INFO, "Delete custom role")                                            \
    X(323, "iam.role.permissions.add", INFO, "Add permission to custom role")                        \
    X(324, "iam.role.permissions.delete", INFO, "Delete permission from custom role")                \
    X(325, "iam.role.permission.conditions.add", INFO, "Add conditions to a permission")             \
    X(326, "iam.role.permission.conditions.delete", INFO, "Delete conditions of a permission")       \
    X(327, "iam.resourceset.create", INFO, "Create resource set")                                    \
    X(328, "iam.resourceset.update", INFO, "Update resource set")                                    \
    X(329, "iam.resourceset.delete", INFO, "Delete resource set")                                    \
    X(330, "iam.resourceset.resources.add", INFO, "Add resources to resource set")                   \
    X(331, "iam.resourceset.resources.update", INFO, "Update resources of resource set")             \
    X(332, "iam.resourceset.resources.delete", INFO, "Delete resources from resource set")           \
    X(333, "iam.resourceset.bindings.add", INFO, "Create resource set binding")                      \
    X(334, "iam.resourceset.bindings.delete", INFO, "Delete resource set binding")                   \
    X(335, "iam.role.subscriptions.update", INFO, "Update notices of a role")
/* clang-format on */
