"""The inputs of the article's combined model beside the CNN's probability.

References:
    Zheng et al. (2024), Insights Imaging 15, 298: age and eight blood tests.
"""

LABS = (
    "platelets_e9_per_l",
    "total_bilirubin_umol_per_l",
    "albumin_g_per_l",
    "ast_u_per_l",
    "alt_u_per_l",
    "alp_u_per_l",
    "ggt_u_per_l",
    "inr",
)
PREDICTORS = ("age_years", *LABS)
